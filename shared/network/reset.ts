import type { Socket } from 'node:net'

/**
 * Closes a connection by a reset, which leaves no TIME_WAIT behind; thousands of them would slow down every
 * connect. One that the other side has closed is only destroyed: there the system's own end is under way,
 * and libuv, asked for a reset in the middle of it, answers EINVAL and spins for as long as the process lives.
 */
export function reset(socket: Socket): void {
  if (socket.writable) socket.resetAndDestroy()
  else socket.destroy()
}
