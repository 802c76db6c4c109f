import type { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import type { Reason } from '../../check.ts'
import { explain } from '../../network/errno.ts'
import { quote } from '../../text/escape.ts'
import type { TlsTarget } from './target.ts'

/** The certificates and protocol of a handshake. */
export interface Presented {
  /** The certificates that the server sent, its own first; at least one. */
  readonly sent: readonly X509Certificate[]
  /** From the server's certificate to a root; if the chain is not trusted, as far as it goes. */
  readonly path: readonly X509Certificate[]
  /** OpenSSL's code for not trusting the chain; absent if it is trusted. */
  readonly distrust?: string
  /** `TLSv1.3` */
  readonly protocol: string
}

export interface Objection {
  readonly reason: Reason
  readonly detail: string
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/**
 * The worst objection to a server's certificate; undefined if there is none. Its own dates always count, chain and
 * host name only if the check verifies them. `nowMs`: epoch milliseconds.
 */
export function judge(presented: Presented, target: TlsTarget, nowMs: number): Objection | undefined {
  const { sent, path, distrust, protocol } = presented
  const name = target.servername ?? target.host
  const leaf = sent[0]!
  return (
    outOfDate(leaf, `the certificate of ${name}`, nowMs) ??
    (target.verify && distrust !== undefined ? distrusted(distrust, sent, path, name, nowMs) : undefined) ??
    (target.verify ? wrongHost(leaf, name) : undefined) ??
    endingSoon(target.verify ? path : [leaf], target.days, name, nowMs) ??
    tooOld(protocol, target.minVersion, name) ??
    wrongIssuer(leaf, target.issuer, name)
  )
}

function outOfDate(certificate: X509Certificate, what: string, nowMs: number): Objection | undefined {
  const { validFromDate, validToDate } = certificate
  const pastMs = nowMs - validToDate.getTime()
  if (pastMs > 0) {
    return { reason: 'expired', detail: `${what} expired ${span(pastMs)} ago (${dateOf(validToDate)})` }
  }
  if (nowMs < validFromDate.getTime()) {
    return { reason: 'tls', detail: `${what} is not valid before ${dateOf(validFromDate)}` }
  }
  return undefined
}

function distrusted(
  code: string,
  sent: readonly X509Certificate[],
  path: readonly X509Certificate[],
  name: string,
  nowMs: number,
): Objection {
  const last = path.at(-1)!
  switch (code) {
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      for (const issuer of [...path, ...sent].slice(1)) {
        const found = outOfDate(issuer, `the issuer ${subjectOf(issuer)} of ${name}'s certificate`, nowMs)
        if (found !== undefined) return found
      }
      break
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return { reason: 'tls', detail: `the certificate of ${name} is self-signed` }
    case 'SELF_SIGNED_CERT_IN_CHAIN':
      return {
        reason: 'tls',
        detail: `the chain of ${name} ends in ${subjectOf(last)}, which is not trusted`,
      }
    // For a single certificate, a missing intermediate and an unknown root cannot be told apart.
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY': {
      const issuer = `${nameIn(last.issuer)}, which is not trusted`
      const detail =
        path.length === 1
          ? `${name} sends no chain, only a certificate issued by ${issuer}`
          : `the chain of ${name} ends below ${issuer}`
      return { reason: 'tls', detail }
    }
  }
  const fault = explain({ code }, name)
  return fault.of === 'target'
    ? fault
    : { reason: 'tls', detail: `the certificate of ${name} is refused: ${code}` }
}

function wrongHost(leaf: X509Certificate, name: string): Objection | undefined {
  const host = name.replace(/\.$/, '')
  const matches = isIP(host) === 0 ? leaf.checkHost(host, { partialWildcards: false }) : leaf.checkIP(host)
  if (matches !== undefined) return undefined
  const names = (leaf.subjectAltName ?? '')
    .split(', ')
    .map((entry) => entry.replace(/^(DNS|IP Address):/, ''))
  const more = names.length > 1 ? ` and ${names.length - 1} more` : ''
  return { reason: 'tls', detail: `the certificate is for ${quote(names[0]!)}${more}, not for ${host}` }
}

/** Of the chain, the certificate that expires first counts. */
function endingSoon(
  chain: readonly X509Certificate[],
  days: number,
  name: string,
  nowMs: number,
): Objection | undefined {
  const first = chain.reduce((one, other) => (other.validToDate < one.validToDate ? other : one))
  const leftMs = first.validToDate.getTime() - nowMs
  if (leftMs >= days * dayMs) return undefined
  const what =
    first === chain[0]
      ? `the certificate of ${name}`
      : `the issuer ${subjectOf(first)} of ${name}'s certificate`
  const when = `in ${span(leftMs)} (${dateOf(first.validToDate)})`
  return { reason: 'assertion', detail: `${what} expires ${when}, sooner than ${count(days, 'day')}` }
}

function tooOld(protocol: string, minVersion: TlsTarget['minVersion'], name: string): Objection | undefined {
  const version = protocol.replace('TLSv', '')
  if (Number(version) >= Number(minVersion)) return undefined
  return { reason: 'assertion', detail: `${name} speaks TLS ${version} at best, expected ${minVersion}` }
}

function wrongIssuer(leaf: X509Certificate, issuer: string | undefined, name: string): Objection | undefined {
  if (issuer === undefined || leaf.issuer.includes(issuer)) return undefined
  const actual = nameIn(leaf.issuer)
  return {
    reason: 'assertion',
    detail: `the certificate of ${name} is issued by ${actual}, not ${quote(issuer)}`,
  }
}

function subjectOf(certificate: X509Certificate): string {
  return nameIn(certificate.subject)
}

/** The common name of a distinguished name, or its organization; Node writes one attribute per line. */
function nameIn(distinguishedName: string): string {
  const attribute = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(distinguishedName)?.[1]
  return quote(attribute('CN') ?? attribute('O') ?? distinguishedName)
}

/** A time in its largest unit, rounded down: `3 days`, `1 hour`. */
export function span(ms: number): string {
  if (ms >= dayMs) return count(Math.floor(ms / dayMs), 'day')
  if (ms >= hourMs) return count(Math.floor(ms / hourMs), 'hour')
  return count(Math.floor(ms / minuteMs), 'minute')
}

function count(number: number, unit: string): string {
  return `${number} ${unit}${number === 1 ? '' : 's'}`
}

function dateOf(date: Date): string {
  return date.toISOString().slice(0, 10)
}
