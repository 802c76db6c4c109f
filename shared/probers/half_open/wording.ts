import type { Method, Undeliverable } from '../../raw/sockets.ts'

/** `192.0.2.1:443: admin-prohibited, says 192.0.2.254`. */
export function describeUndeliverable(peer: string, { error, from }: Undeliverable): string {
  return `${peer}: ${error.replaceAll('-', ' ')}${from === undefined ? '' : `, says ${from}`}`
}

/** The remark about a best-effort method; empty for raw sockets. */
export function describeMethod(method: Method): string {
  return method === 'raw' ? '' : `method: ${method}`
}
