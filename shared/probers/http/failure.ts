import type { IncomingMessage } from 'node:http'
import { attribute } from '../../network/errno.ts'
import { TargetError } from '../../network/fault.ts'
import { authorityOf } from './authority.ts'

/** Why there was no valid head of an answer. `undefined`: the connection ended without an error. */
export function explainExchange(error: Error | undefined, url: URL): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? ''
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new TargetError('protocol', 'the headers of the answer are larger than 64 KiB')
  }
  if (code === 'HPE_INVALID_CONSTANT' || code === 'HPE_INVALID_VERSION') {
    return new TargetError('protocol', 'the answer is not HTTP/1.1')
  }
  if (code.startsWith('HPE_')) {
    // The text is llhttp's own and has nothing from the target.
    const why = (error as Error).message.replace('Parse Error: ', '')
    return new TargetError('protocol', `the answer is not valid HTTP: ${why}`)
  }
  if (error === undefined || isHangUp(error)) {
    return new TargetError('protocol', `${authorityOf(url)} closed the connection without a complete answer`)
  }
  return attribute(error, authorityOf(url))
}

/** Why a body ended early, after `receivedBytes` of it. `null`: the connection ended without an error. */
export function brokenOff(error: Error | null, message: IncomingMessage, receivedBytes: number): unknown {
  if (error !== null && !isHangUp(error)) return error
  return new TargetError('protocol', `the connection was closed after ${progress(message, receivedBytes)}`)
}

/** A more specific timeout: the target did answer, but its answer did not end in time. */
export function outOfTime(message: IncomingMessage, receivedBytes: number): TargetError {
  return new TargetError(
    'timeout',
    `the answer did not end in time, after ${progress(message, receivedBytes)}`,
  )
}

function progress({ headers }: IncomingMessage, receivedBytes: number): string {
  const length = headers['content-length']
  const received = receivedBytes.toLocaleString('en-US')
  return length === undefined
    ? `${received} bytes of the body`
    : `${received} of ${Number(length).toLocaleString('en-US')} bytes`
}

/** Node also reports an orderly but premature close as ECONNRESET; only a real reset has a system call. */
function isHangUp(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNRESET' && error.syscall === undefined
}
