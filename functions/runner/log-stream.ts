import type { Clock } from '../../shared/clock.ts'
import { nameOf } from '../../shared/text/error.ts'
import type { Log } from '../runtime/log.ts'

/** One line of a log, at its time in epoch milliseconds. */
export interface LogLine {
  readonly timestamp: number
  readonly message: string
}

/** Takes lines in the order of their times; rejects when they did not arrive. */
export type TakeLines = (lines: readonly LogLine[]) => Promise<void>

export interface ShippedLog extends Log {
  /** Sends what is left, once, and ends, whether it arrived or not. */
  close(withinMs: number): Promise<void>
}

const shipEveryMs = 5000
/** Lines that may wait while CloudWatch is away. Well within the 10,000 and the 1 MiB of one PutLogEvents. */
const maxWaiting = 1000
/** With the 26 bytes that CloudWatch adds, a thousand such lines are less than 1 MiB. */
const maxLineBytes = 1000
/** The lines of one PutLogEvents may be 24 hours apart, no more. */
const maxAgeMs = 23 * 3_600_000

/**
 * A log that also goes to `take`, every few seconds. Where that fails its lines wait, the oldest making room,
 * and the log says so once: on the machine, where `log` writes. Voting never waits for it.
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
      if (dropped > 0) keep('WARN', 'lines of this log were dropped', { dropped })
      dropped = 0
      isFailing = false
    } catch (error) {
      const all = [...lines, ...waiting]
      waiting = all.slice(-maxWaiting)
      dropped += all.length - waiting.length
      if (!isFailing) log.warn('the log does not reach CloudWatch', { error: nameOf(error) })
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
      const { promise: patience, resolve } = Promise.withResolvers<void>()
      const giveUp = clock.timer(withinMs, resolve)
      cancel()
      const last = (async () => {
        await shipping
        cancel()
        await ship()
      })()
      await Promise.race([last, patience])
      giveUp()
    },
  }
}

/** CloudWatch refuses lines that are not in order, which a clock that was set back makes of them. */
function inOrder(lines: readonly LogLine[]): readonly LogLine[] {
  return lines.toSorted((one, other) => one.timestamp - other.timestamp)
}

function shorten(line: string): string {
  const bytes = Buffer.from(line)
  return bytes.length <= maxLineBytes ? line : `${bytes.subarray(0, maxLineBytes - 6).toString('utf8')}…`
}
