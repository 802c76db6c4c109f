import type { Socket } from 'node:net'

/** No banner and no short answer is longer; a target must not fill a voter's memory. */
export const maxReadBytes = 64 * 1024

/** Most answers fit into this; the buffer grows with those that don't. */
const usualBytes = 1024

export interface Received {
  /** `full`: `maxReadBytes` came and nothing was found in them. */
  readonly end: 'found' | 'closed' | 'full' | 'failed'
  readonly bytes: Buffer
  /** Present where `end` is `failed`: what the socket or `found` failed with. */
  readonly error?: unknown
}

/** Reads until `found` says so, the other side closes, the bound is reached or something fails. */
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
    // What happened before anybody listened is not told again.
    if (socket.destroyed) onClose()
  })
}
