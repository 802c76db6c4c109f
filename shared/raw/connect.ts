import { connect } from 'node:net'
import type { Clock } from '../clock.ts'
import { reset } from '../network/reset.ts'
import { openByConnecting } from './by-connecting.ts'
import type { RawSockets } from './sockets.ts'

/** Node does not tell whether a router has said these or our own system, at once: then we count them as ours. */
const unclear: readonly (string | undefined)[] = ['ENETUNREACH', 'EACCES']

/**
 * What is left where neither raw sockets nor Linux's own options exist: a whole connection, reset at once.
 * The service behind the port does see it.
 *
 * @param atOnce so many connections are begun at once; the rest waits.
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
      let stood = false
      socket.once('connect', () => {
        stood = true
        reset(socket)
        onEnd(undefined)
      })
      // This listener stays: an error that strikes while nobody listens would end the process.
      socket.on('error', (error: NodeJS.ErrnoException) => {
        onEnd(unclear.includes(error.code) ? error : (error.code ?? 'EIO'))
      })
      return () => {
        // A reset that is under way must not be disturbed, see reset.ts.
        if (!stood) socket.destroy()
      }
    },
  })
}
