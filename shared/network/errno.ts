import type { Reason } from '../check.ts'
import { TargetError } from './fault.ts'

/**
 * Whose fault an error is, in one sentence: the target's (an offline vote with its reason) or our own (an
 * abstention).
 */
export type Fault =
  | { readonly of: 'target'; readonly reason: Reason; readonly detail: string }
  | { readonly of: 'us'; readonly detail: string }

type Sentence = (peer: string) => string

/** Errors caused by the peer or the network on the way to it (errno(3)). */
const targetCodes: Readonly<Record<string, readonly [Reason, Sentence]>> = {
  ECONNREFUSED: ['refused', (peer) => `${peer} refused the connection`],
  ECONNRESET: ['reset', (peer) => `${peer} reset the connection`],
  ECONNABORTED: ['reset', (peer) => `the connection to ${peer} was aborted`],
  EPIPE: ['reset', (peer) => `${peer} closed the connection while we were sending`],
  ETIMEDOUT: ['timeout', (peer) => `${peer} did not answer`],
  EHOSTUNREACH: ['unreachable', (peer) => `there is no route to ${peer}`],
  EHOSTDOWN: ['unreachable', (peer) => `${peer} is not on its network`],
  EPROTO: ['tls', (peer) => `${peer} broke the TLS protocol`],
}

/** Errors caused by this machine: a voter that cannot probe must not call the target offline. */
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

/** Codes of X509_verify_cert_error_string as Node names them; for others the name itself is the message. */
const certificateCodes: Readonly<Record<string, readonly [Reason, Sentence]>> = {
  CERT_HAS_EXPIRED: ['expired', (peer) => `the certificate of ${peer} has expired`],
  CERT_NOT_YET_VALID: ['tls', (peer) => `the certificate of ${peer} is not valid yet`],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['tls', (peer) => `the certificate of ${peer} is self-signed`],
  SELF_SIGNED_CERT_IN_CHAIN: ['tls', (peer) => `the certificate of ${peer} ends in an unknown root`],
  UNABLE_TO_GET_ISSUER_CERT: ['tls', (peer) => `the certificate of ${peer} has an unknown issuer`],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ['tls', (peer) => `the certificate of ${peer} has an unknown issuer`],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ['tls', (peer) => `${peer} does not send the issuer of its certificate`],
  CERT_REVOKED: ['tls', (peer) => `the certificate of ${peer} was revoked`],
  ERR_TLS_CERT_ALTNAME_INVALID: ['tls', (peer) => `the certificate of ${peer} is for another host`],
}

/** OpenSSL's reasons if the peer does not speak TLS. */
const notTls = /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|UNKNOWN_PROTOCOL|RECORD_TOO_SMALL/

/**
 * Explains an error of `node:net`, `node:tls` or `node:dgram` from talking to `peer` ("example.com:443"). Codes that
 * are not known to be the target's fault are ours.
 */
export function explain(error: unknown, peer: string): Fault {
  if (error instanceof TargetError) return { of: 'target', reason: error.reason, detail: error.message }
  const code = codeOf(error)
  const known = targetCodes[code] ?? certificateCodes[code]
  if (known !== undefined) return { of: 'target', reason: known[0], detail: known[1](peer) }
  if (code.startsWith('ERR_SSL_')) {
    const detail = notTls.test(code)
      ? `${peer} does not speak TLS`
      : `the TLS handshake with ${peer} failed: ${words(code.slice('ERR_SSL_'.length))}`
    return { of: 'target', reason: 'tls', detail }
  }
  if (/^(CERT|CRL|UNABLE_TO|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|ERROR_IN_CERT)/.test(code)) {
    return { of: 'target', reason: 'tls', detail: `the certificate of ${peer} is refused: ${words(code)}` }
  }
  return { of: 'us', detail: ownFault(error) }
}

/** Like `explain`, for code that throws: a `TargetError`, or the unchanged error if the fault is ours. */
export function attribute(error: unknown, peer: string): unknown {
  const fault = explain(error, peer)
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
