import type { Socket } from 'node:net'

/** Maximum bytes read, so that a target cannot fill a voter's memory; banners and short answers are shorter. */
export const maxReadBytes = 64 * 1024

/** Initial buffer size: most answers fit, and the buffer grows for others. */
const usualBytes = 1024

export interface Received {
  /** `full`: `maxReadBytes` were read without a match. */
  readonly end: 'found' | 'closed' | 'full' | 'failed'
  readonly bytes: Buffer
  /** The error of the socket or of `found`, if `end` is `failed`. */
  readonly error?: unknown
}

/** Reads until `found` returns true, the peer closes, `maxReadBytes` are reached or something fails. */
export function readUntil(
  socket: Socket,
  found: (bytes: Buffer) => boolean,
  onFirstByte: () => void,
): Promise<Received> {
  let buffer = Buffer.allocUnsafe(usualBytes)
  let length = 0
  const append = (chunk: Buffer) => {
    const needed = Math.min(length + chunk.length, maxReadBytes)
    if (needed > buffer.length) {
      const larger = Buffer.allocUnsafe(Math.min(2 * needed, maxReadBytes))
      buffer.copy(larger, 0, 0, length)
      buffer = larger
    }
    length += chunk.copy(buffer, length)
  }
  return new Promise((resolve) => {
    const finish = (end: Received['end'], error?: unknown) => {
      socket.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose)
      socket.pause()
      resolve({ end, bytes: buffer.subarray(0, length), ...(end === 'failed' && { error }) })
    }
    const onData = (chunk: Buffer) => {
      if (length === 0) onFirstByte()
      append(chunk)
      try {
        if (found(buffer.subarray(0, length))) finish('found')
        else if (length === maxReadBytes) finish('full')
      } catch (error) {
        finish('failed', error)
      }
    }
    const onEnd = () => finish('closed')
    const onError = (error: unknown) => finish('failed', error)
    const onClose = () => finish('failed', socket.errored)
    socket.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose)
    // A 'close' event from before the listeners were added is not emitted again.
    if (socket.destroyed) onClose()
  })
}
