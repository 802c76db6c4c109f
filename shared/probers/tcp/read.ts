import type { Socket } from 'node:net'

/** No banner and no short answer is longer; a target must not fill a voter's memory. */
export const maxReadBytes = 64 * 1024

export interface Received {
  /** `full`: `maxReadBytes` came and nothing was found in them. */
  readonly end: 'found' | 'closed' | 'full' | 'failed'
  readonly bytes: Buffer
  /** Present where `end` is `failed`. */
  readonly error?: unknown
}

/** Reads until `found` says so, the other side closes, the bound is reached or the socket fails. */
export function readUntil(
  socket: Socket,
  found: (bytes: Buffer) => boolean,
  onFirstByte: () => void,
): Promise<Received> {
  const buffer = Buffer.allocUnsafeSlow(maxReadBytes)
  let length = 0
  return new Promise((resolve) => {
    const finish = (end: Received['end'], error?: unknown) => {
      socket.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose)
      socket.pause()
      resolve({ end, bytes: buffer.subarray(0, length), ...(end === 'failed' && { error }) })
    }
    const onData = (chunk: Buffer) => {
      if (length === 0) onFirstByte()
      length += chunk.copy(buffer, length)
      if (found(buffer.subarray(0, length))) finish('found')
      else if (length === maxReadBytes) finish('full')
    }
    const onEnd = () => finish('closed')
    const onError = (error: unknown) => finish('failed', error)
    const onClose = () => finish('failed', socket.errored)
    socket.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose)
    // What happened before anybody listened is not told again.
    if (socket.destroyed) onClose()
  })
}
