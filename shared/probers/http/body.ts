import type { IncomingMessage } from 'node:http'
import type { Transform } from 'node:stream'
import { TextDecoder } from 'node:util'
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib'
import type { Lifetime } from '../../lifetime.ts'
import { TargetError } from '../../network/fault.ts'
import { brokenOff, outOfTime } from './failure.ts'

/** Maximum size of a body, also when decompressed. Anything beyond is neither read nor judged. */
const maxBodyBytes = 1024 * 1024

export interface Body {
  readonly bytes: Buffer
  /** False: `bytes` are only the first `maxBodyBytes`. */
  readonly complete: boolean
}

/**
 * Reads a body to its end or to `maxBodyBytes`, so that an answer that breaks off is noticed. Without `keep`, bytes
 * are only counted. Throws `TargetError` if the body breaks off or the lifetime ends before it.
 */
export function readBody(message: IncomingMessage, keep: boolean, lifetime: Lifetime): Promise<Body> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let receivedBytes = 0
    let ended = false
    const fail = (error: Error | null) => {
      if (ended) return
      const isOver = lifetime.reason !== undefined
      reject(isOver ? outOfTime(message, receivedBytes) : brokenOff(error, message, receivedBytes))
    }
    const finish = (complete: boolean) => {
      ended = true
      message.pause()
      resolve({ bytes: Buffer.concat(chunks).subarray(0, maxBodyBytes), complete })
    }
    // The connection may have ended together with the head, before these listeners were added.
    if (message.destroyed) return fail(message.errored)
    message.on('data', (chunk: Buffer) => {
      receivedBytes += chunk.length
      if (keep) chunks.push(chunk)
      if (receivedBytes > maxBodyBytes) finish(false)
    })
    message.on('end', () => finish(true))
    message.on('error', fail)
    message.on('close', () => fail(null))
  })
}

/** We request `identity`, but a server may send any encoding. An incomplete body is decoded as far as it goes. */
function decoderOf(encoding: string, { bytes, complete }: Body): Transform | undefined {
  const zlib = complete ? {} : { finishFlush: constants.Z_SYNC_FLUSH }
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip(zlib)
    case 'deflate':
      // Many send it without the zlib wrapper that RFC 9110 section 8.4.1.2 asks for, whose first byte
      // ends in 8 (RFC 1950 section 2.2).
      return (bytes[0]! & 0x0f) === 8 ? createInflate(zlib) : createInflateRaw(zlib)
    case 'br':
      return createBrotliDecompress(complete ? {} : { finishFlush: constants.BROTLI_OPERATION_FLUSH })
    case 'zstd':
      return createZstdDecompress(complete ? {} : { finishFlush: constants.ZSTD_e_flush })
    default:
      return undefined
  }
}

/** Decodes the body to text, at most `maxBodyBytes` of it. Throws `TargetError` if it cannot be decoded. */
export async function decodeBody(
  body: Body,
  message: IncomingMessage,
): Promise<{ text: string; complete: boolean }> {
  const { bytes, complete } = await unfold(body, message.headers['content-encoding'] ?? 'identity')
  return { text: textDecoder(message.headers['content-type']).decode(bytes), complete }
}

async function unfold(body: Body, encoding: string): Promise<Body> {
  const name = encoding.trim().toLowerCase()
  if (name === 'identity' || name === '' || body.bytes.length === 0) return body
  const decoder = decoderOf(name, body)
  if (decoder === undefined) {
    throw new TargetError('protocol', 'the body has a content encoding that was not asked for')
  }
  const chunks: Buffer[] = []
  let unfoldedBytes = 0
  try {
    decoder.end(body.bytes)
    for await (const chunk of decoder as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      unfoldedBytes += chunk.length
      if (unfoldedBytes > maxBodyBytes) break
    }
  } catch {
    throw new TargetError('protocol', `the body is not valid ${name}`)
  }
  return {
    bytes: Buffer.concat(chunks).subarray(0, maxBodyBytes),
    complete: body.complete && unfoldedBytes <= maxBodyBytes,
  }
}

/** A decoder for the answer's charset; UTF-8 if it names none or an unknown one. */
function textDecoder(contentType: string | undefined): TextDecoder {
  const charset = /;\s*charset\s*=\s*"?([\w.:-]{1,40})/i.exec(contentType ?? '')?.[1]
  try {
    return new TextDecoder(charset)
  } catch {
    return new TextDecoder()
  }
}
