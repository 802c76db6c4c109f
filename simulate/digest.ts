import { createHash } from 'node:crypto'

/**
 * The digest of Web Crypto answers from a pool of threads, outside of virtual time. Here it answers at once, for the
 * whole process.
 */
export function useSynchronousDigest(): void {
  globalThis.crypto.subtle.digest = async (_algorithm, data) => {
    const { buffer, byteOffset, length } = createHash('sha256')
      .update(data as Uint8Array)
      .digest()
    return buffer.slice(byteOffset, byteOffset + length) as ArrayBuffer
  }
}
