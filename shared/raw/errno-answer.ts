import type { IcmpError } from './packet/icmp-error.ts'
import type { SynAnswer } from './sockets.ts'

/** Errors of connect that the kernel derives from ICMP errors (Linux: icmp_err_convert, icmpv6_err_convert). */
const errors: Readonly<Record<string, IcmpError>> = {
  EHOSTUNREACH: 'host-unreachable',
  ENETUNREACH: 'net-unreachable',
  ENOPROTOOPT: 'protocol-unreachable',
  EHOSTDOWN: 'host-unknown',
  ENONET: 'host-isolated',
  EACCES: 'admin-prohibited',
}

/**
 * The target's answer by the outcome of a connect: `code` is undefined if it succeeded. Returns undefined for errors
 * that are our own. An ICMP "port unreachable" cannot be told from a reset here.
 */
export function connectAnswer(code: string | undefined, rttUs: number): SynAnswer | undefined {
  if (code === undefined) return { answer: 'open', rttUs }
  if (code === 'ECONNREFUSED' || code === 'ECONNRESET') return { answer: 'closed', rttUs }
  if (code === 'ETIMEDOUT') return { answer: 'silent' }
  const error = errors[code]
  return error && { answer: 'error', error }
}
