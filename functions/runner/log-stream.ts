import type { Clock } from '../../shared/clock.ts'
import { nameOf } from '../../shared/text/error.ts'
import type { Log } from '../runtime/log.ts'

/** A log line; `timestamp` is in epoch milliseconds. */
export interface LogLine {
  readonly timestamp: number
  readonly message: string
}

/** Sends lines, sorted by timestamp; rejects if they did not arrive. */
export type TakeLines = (lines: readonly LogLine[]) => Promise<void>

export interface ShippedLog extends Log {
  /** Tries once to send the remaining lines, then stops. Resolves within `withinMs` even if that fails. */
  close(withinMs: number): Promise<void>
}

const shipEveryMs = 5000
/** Maximum lines kept while CloudWatch is unreachable; within the limits of one PutLogEvents (10,000 lines, 1 MiB). */
const maxWaiting = 1000
/** CloudWatch counts 26 bytes more per line, so a thousand such lines stay below 1 MiB. */
const maxLineBytes = 1000
/** Older lines are dropped, because the lines of one PutLogEvents may span at most 24 hours. */
const maxAgeMs = 23 * 3_600_000

/**
 * Wraps a log so that its lines also go to `take` every five seconds. If that fails, the newest lines are kept and the
 * failure is logged once, to `log` only. Callers never wait for it.
 */
export function shipLog(log: Log, take: TakeLines, clock: Clock): ShippedLog {
  let waiting: LogLine[] = []
  let dropped = 0
  let isFailing = false
  let shipping: Promise<void> | undefined
  let cancel = clock.timer(shipEveryMs, shipAgain)

  function keep(level: string, message: string, fields: Record<string, unknown> = {}): void {
    waiting.push({ timestamp: clock.now(), message: shorten(JSON.stringify({ level, message, ...fields })) })
    if (waiting.length > maxWaiting) {
      waiting.shift()
      dropped++
    }
  }

  async function ship(): Promise<void> {
    const oldestMs = clock.now() - maxAgeMs
    const lines = waiting.filter(({ timestamp }) => timestamp >= oldestMs)
    dropped += waiting.length - lines.length
    waiting = []
    if (lines.length === 0) return
    try {
      await take(inOrder(lines))
      if (dropped > 0) keep('WARN', 'log lines were dropped', { dropped })
      dropped = 0
      isFailing = false
    } catch (error) {
      const all = [...lines, ...waiting]
      waiting = all.slice(-maxWaiting)
      dropped += all.length - waiting.length
      if (!isFailing) log.warn('the log cannot be sent to CloudWatch', { error: nameOf(error) })
      isFailing = true
    }
  }

  function shipAgain(): void {
    shipping = ship().finally(() => {
      shipping = undefined
      cancel = clock.timer(shipEveryMs, shipAgain)
    })
  }

  return {
    info(message, fields) {
      log.info(message, fields)
      keep('INFO', message, fields)
    },
    warn(message, fields) {
      log.warn(message, fields)
      keep('WARN', message, fields)
    },
    error(message, fields) {
      log.error(message, fields)
      keep('ERROR', message, fields)
    },
    async close(withinMs) {
      const { promise: timeout, resolve } = Promise.withResolvers<void>()
      const cancelTimeout = clock.timer(withinMs, resolve)
      cancel()
      const last = (async () => {
        await shipping
        cancel()
        await ship()
      })()
      await Promise.race([last, timeout])
      cancelTimeout()
    },
  }
}

/** Sorts by timestamp: CloudWatch rejects unordered lines, and the clock may have been set back. */
function inOrder(lines: readonly LogLine[]): readonly LogLine[] {
  return lines.toSorted((one, other) => one.timestamp - other.timestamp)
}

function shorten(line: string): string {
  const bytes = Buffer.from(line)
  return bytes.length <= maxLineBytes ? line : `${bytes.subarray(0, maxLineBytes - 6).toString('utf8')}…`
}
