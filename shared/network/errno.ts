import type { Reason } from '../check.ts'
import { TargetError } from './fault.ts'

/**
 * Whose fault an error is: the target's (an offline vote with its reason) or our own (an abstention). Both
 * with one plain sentence.
 */
export type Fault =
  | { readonly of: 'target'; readonly reason: Reason; readonly detail: string }
  | { readonly of: 'us'; readonly detail: string }

type Sentence = (place: string) => string

/** What a peer or the network on the way to it can do to a connection (errno(3)). */
const targetCodes: Readonly<Record<string, readonly [Reason, Sentence]>> = {
  ECONNREFUSED: ['refused', (place) => `${place} refused the connection`],
  ECONNRESET: ['reset', (place) => `${place} reset the connection`],
  ECONNABORTED: ['reset', (place) => `the connection to ${place} was aborted`],
  EPIPE: ['reset', (place) => `${place} closed the connection while we were sending`],
  ETIMEDOUT: ['timeout', (place) => `${place} did not answer`],
  EHOSTUNREACH: ['unreachable', (place) => `there is no route to ${place}`],
  EHOSTDOWN: ['unreachable', (place) => `${place} is not on its network`],
  EPROTO: ['tls', (place) => `${place} broke the TLS protocol`],
}

/** What only this machine can be missing. A voter that cannot look must not call the target offline. */
const ownCodes: Readonly<Record<string, string>> = {
  EMFILE: 'this voter has too many open files',
  ENFILE: "this voter's system has too many open files",
  ENOBUFS: 'this voter has no buffer space left',
  ENOMEM: 'this voter has no memory left',
  EADDRINUSE: "this voter's source address is in use",
  EADDRNOTAVAIL: 'this voter has no such source address or no free port',
  EAFNOSUPPORT: 'this voter does not have this IP version',
  EACCES: 'this voter is not permitted to connect',
  EPERM: 'this voter is not permitted to connect',
  ENETUNREACH: 'this voter has no route to that network',
  ENETDOWN: "this voter's network is down",
}

/** X509_verify_cert_error_string's codes as Node names them; the others are worded from their names. */
const certificateCodes: Readonly<Record<string, readonly [Reason, Sentence]>> = {
  CERT_HAS_EXPIRED: ['expired', (place) => `the certificate of ${place} has expired`],
  CERT_NOT_YET_VALID: ['tls', (place) => `the certificate of ${place} is not valid yet`],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['tls', (place) => `the certificate of ${place} is self-signed`],
  SELF_SIGNED_CERT_IN_CHAIN: ['tls', (place) => `the certificate of ${place} ends in an unknown root`],
  UNABLE_TO_GET_ISSUER_CERT: ['tls', (place) => `the certificate of ${place} has an unknown issuer`],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ['tls', (place) => `the certificate of ${place} has an unknown issuer`],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ['tls', (place) => `${place} does not send the issuer of its certificate`],
  CERT_REVOKED: ['tls', (place) => `the certificate of ${place} was revoked`],
  ERR_TLS_CERT_ALTNAME_INVALID: ['tls', (place) => `the certificate of ${place} is for another host`],
}

/** OpenSSL's reasons that say the other side speaks something else than TLS. */
const notTls = /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|UNKNOWN_PROTOCOL|RECORD_TOO_SMALL/

/**
 * Reads an error of `node:net`, `node:tls` or `node:dgram` that happened while talking to `place`
 * ("example.com:443"). Codes that are not known to be the target's are ours.
 */
export function explain(error: unknown, place: string): Fault {
  if (error instanceof TargetError) return { of: 'target', reason: error.reason, detail: error.message }
  const code = codeOf(error)
  const known = targetCodes[code] ?? certificateCodes[code]
  if (known !== undefined) return { of: 'target', reason: known[0], detail: known[1](place) }
  if (code.startsWith('ERR_SSL_')) {
    const detail = notTls.test(code)
      ? `${place} does not speak TLS`
      : `the TLS handshake with ${place} failed: ${words(code.slice('ERR_SSL_'.length))}`
    return { of: 'target', reason: 'tls', detail }
  }
  if (/^(CERT|CRL|UNABLE_TO|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|ERROR_IN_CERT)/.test(code)) {
    return { of: 'target', reason: 'tls', detail: `the certificate of ${place} is refused: ${words(code)}` }
  }
  return { of: 'us', detail: ownFault(error) }
}

/** The same for code that throws: a `TargetError`, or the error as it is when the fault is ours. */
export function attribute(error: unknown, place: string): unknown {
  const fault = explain(error, place)
  return fault.of === 'target' ? new TargetError(fault.reason, fault.detail) : error
}

/** One sentence for an abstention. */
export function ownFault(error: unknown): string {
  const code = codeOf(error)
  const known = ownCodes[code]
  if (known !== undefined) return `${known} (${code})`
  return error instanceof Error && error.message !== '' ? error.message : 'this voter failed'
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : ''
}

/** `TLSV1_ALERT_PROTOCOL_VERSION` → "tlsv1 alert protocol version". */
function words(code: string): string {
  return code.toLowerCase().replaceAll('_', ' ')
}
