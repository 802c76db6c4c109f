import { X509Certificate } from 'node:crypto'
import { getCACertificates, type TLSSocket } from 'node:tls'

/** Maximum length of a chain, against a server that sends an endless one; real chains are shorter. */
const maxLength = 10

/** The certificates that a server sent, its own first, as far as they form a chain. */
export function presentedBy(socket: TLSSocket): readonly X509Certificate[] {
  const sent: X509Certificate[] = []
  let certificate = socket.getPeerX509Certificate()
  while (certificate !== undefined && sent.length < maxLength) {
    sent.push(certificate)
    certificate = certificate.issuerCertificate
  }
  return sent
}

/** Finds the trusted certificates whose subject is the issuer of the given one. */
export type Roots = (certificate: X509Certificate) => readonly X509Certificate[]

/** The trusted certificates of a PEM text; by default those that Node trusts. */
export function rootsOf(ca?: string): Roots {
  const bySubject = ca === undefined ? publicRoots() : index(splitPem(ca))
  return (certificate) => bySubject.get(certificate.issuer) ?? []
}

/**
 * The path from a server's certificate to a root, built as OpenSSL does (X509_V_FLAG_TRUSTED_FIRST): at each step a
 * trusted issuer ends it, before the certificates that the server sent are considered. Node reports that a chain is
 * valid but not which one, and further certificates, such as an old cross-signed root, must not count. Of several
 * possible issuers, the one that expires last is used.
 */
export function pathOf(sent: readonly X509Certificate[], roots: Roots): readonly X509Certificate[] {
  const path = sent.slice(0, 1)
  while (path.length > 0 && path.length < maxLength) {
    const current = path.at(-1)!
    const root = longestLasting(roots(current), current)
    if (root !== undefined) return same(root, current) ? path : [...path, root]
    const unused = sent.filter((certificate) => !path.some((used) => same(used, certificate)))
    const issuer = longestLasting(unused, current)
    if (issuer === undefined) break
    path.push(issuer)
  }
  return path
}

function longestLasting(
  candidates: readonly X509Certificate[],
  issued: X509Certificate,
): X509Certificate | undefined {
  const named = candidates.filter((candidate) => issued.checkIssued(candidate))
  // Verifying a signature takes as long as everything else together, so only if several candidates have the name.
  const signed = named.length < 2 ? named : named.filter(({ publicKey }) => issued.verify(publicKey))
  return signed.reduce<X509Certificate | undefined>(
    (best, one) => (best === undefined || one.validToDate > best.validToDate ? one : best),
    undefined,
  )
}

function same(one: X509Certificate, other: X509Certificate): boolean {
  return one.raw.equals(other.raw)
}

let knownPublicRoots: Map<string, X509Certificate[]> | undefined

/** Read once per process, because parsing about 150 certificates takes milliseconds. */
function publicRoots(): Map<string, X509Certificate[]> {
  knownPublicRoots ??= index(getCACertificates('default'))
  return knownPublicRoots
}

function index(certificates: readonly string[]): Map<string, X509Certificate[]> {
  return Map.groupBy(
    certificates.map((pem) => new X509Certificate(pem)),
    (certificate) => certificate.subject,
  )
}

/** Splits a PEM text into its certificates. */
export function splitPem(text: string): readonly string[] {
  return text.match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs) ?? []
}
