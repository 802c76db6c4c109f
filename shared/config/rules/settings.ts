import { formatDuration } from '../../text/duration.ts'
import type { ReadCheck } from '../read/checks.ts'
import type { Electorate } from '../read/electorate.ts'
import { show } from '../read/nearest.ts'
import { isKnown, type KnownSetting } from '../read/settings.ts'
import { runnerIntervalsSeconds } from '../schema.ts'
import type { Report } from '../yaml/report.ts'

/** Reports settings of one check that contradict each other, at the one that the check itself sets. */
export function judgeSettings({ settings, electorate }: ReadCheck, report: Report) {
  const { interval, timeout, slow, confirmations } = settings
  if (isKnown(interval)) judgeInterval(interval, electorate, report)
  if (isKnown(interval) && isKnown(timeout)) judgeTimeout(timeout, interval, report)
  if (isKnown(slow) && isKnown(timeout)) judgeSlow(slow, timeout, report)
  if (isKnown(confirmations)) judgeConfirmations(confirmations, electorate, report)
}

/** Lambda's queues are exact to a second at best, and each tick costs money; a runner has its own timer. */
function judgeInterval(interval: KnownSetting, electorate: Electorate, report: Report) {
  if (!runnerIntervalsSeconds.includes(interval.value) || electorate.onlyRunners) return
  report.error(interval.position, `is ${interval.value}s, must be at least 10s where a region votes`)
}

function judgeTimeout(timeout: KnownSetting, interval: KnownSetting, report: Report) {
  const intervalMs = interval.value * 1000
  if (timeout.value <= intervalMs) return
  const why = 'a voter must be done with one tick before the next begins'
  const [is, other] = [formatDuration(timeout.value), formatDuration(intervalMs)]
  if (interval.by === 'check' && timeout.by !== 'check')
    report.error(
      interval.position,
      `is ${other}, must be at least the timeout of ${is}${origin(timeout)}: ${why}`,
    )
  else
    report.error(
      timeout.position,
      `is ${is}, must be at most the interval of ${other}${origin(interval)}: ${why}`,
    )
}

function judgeSlow(slow: KnownSetting, timeout: KnownSetting, report: Report) {
  if (slow.value < timeout.value) return
  const [is, other] = [formatDuration(slow.value), formatDuration(timeout.value)]
  if (timeout.by === 'check' && slow.by !== 'check')
    report.error(timeout.position, `is ${other}, must be above the slow threshold of ${is}${origin(slow)}`)
  else report.error(slow.position, `is ${is}, must be below the timeout of ${other}${origin(timeout)}`)
}

function judgeConfirmations(confirmations: KnownSetting, { names, from }: Electorate, report: Report) {
  if (confirmations.value <= names.length || names.length === 0) return
  const voters = names.length === 1 ? `only 1 voter, ${show(names[0]!)}` : `only ${names.length} voters`
  if (confirmations.by === 'check' || from === undefined)
    report.error(
      confirmations.position,
      `is ${confirmations.value}, must be at most ${names.length}: there ${names.length === 1 ? 'is' : 'are'} ${voters}`,
    )
  else
    report.error(
      from,
      `has ${voters}, must have at least ${confirmations.value}, the confirmations${origin(confirmations)}`,
    )
}

function origin({ by }: KnownSetting): string {
  return { check: '', defaults: ' (from defaults)', builtIn: ' (the default)' }[by]
}
