import type { IncomingMessage } from 'node:http'
import { attribute } from '../../network/errno.ts'
import { TargetError } from '../../network/fault.ts'
import { authorityOf } from './authority.ts'

/** Why no proper head of an answer came. `undefined`: the connection ended without an error. */
export function explainExchange(error: Error | undefined, url: URL): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? ''
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new TargetError('protocol', 'the headers of the answer are larger than 64 KiB')
  }
  if (code === 'HPE_INVALID_CONSTANT' || code === 'HPE_INVALID_VERSION') {
    return new TargetError('protocol', 'the answer is not HTTP/1.1')
  }
  if (code.startsWith('HPE_')) {
    // llhttp's own words, nothing of the target's.
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

/** More than whoever stopped us can know: the target did answer, and was still at it. */
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

/** Node calls the orderly end of a connection in the wrong place ECONNRESET too; only a real reset has a system call. */
function isHangUp(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNRESET' && error.syscall === undefined
}
