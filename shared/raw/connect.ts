import { connect } from 'node:net'
import type { Clock } from '../clock.ts'
import { reset } from '../network/reset.ts'
import { openByConnecting } from './by-connecting.ts'
import type { RawSockets } from './sockets.ts'

/** Codes that Node gives both for a router's answer and for our own system's refusal; they count as ours. */
const ambiguous: readonly (string | undefined)[] = ['ENETUNREACH', 'EACCES']

/**
 * The fallback without raw sockets and Linux's own options: a full connection, reset at once. The service behind the
 * port does see it.
 *
 * @param atOnce maximum connections at once; the rest waits.
 */
export function openConnecting(clock: Clock, atOnce: number): RawSockets {
  return openByConnecting(clock, {
    method: 'connect',
    atOnce,
    connect({ to: { address, family }, port, from }, onEnd) {
      const socket = connect({
        host: address,
        port,
        family,
        ...(from !== undefined && { localAddress: from }),
      })
      let isConnected = false
      socket.once('connect', () => {
        isConnected = true
        reset(socket)
        onEnd(undefined)
      })
      // This listener is never removed, because an 'error' event without a listener ends the process.
      socket.on('error', (error: NodeJS.ErrnoException) => {
        onEnd(ambiguous.includes(error.code) ? error : (error.code ?? 'EIO'))
      })
      return () => {
        // A reset in progress must not be disturbed; see reset.ts.
        if (!isConnected) socket.destroy()
      }
    },
  })
}
