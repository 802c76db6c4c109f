import type { Socket } from 'node:net'

/**
 * Closes a connection with a reset, which leaves no TIME_WAIT behind; thousands of them would slow down every
 * connect. A connection that the peer has closed is only destroyed: the system is closing it already, and a reset
 * then makes libuv return EINVAL and spin for the life of the process.
 */
export function reset(socket: Socket): void {
  if (socket.writable) socket.resetAndDestroy()
  else socket.destroy()
}
