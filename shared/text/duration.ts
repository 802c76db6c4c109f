import { isoOf, type Tick } from '../check.ts'
import { groupThousands } from './number.ts'

/** Elapsed time for sentences: `850 ms`, `2.5 s`, `10 s`. */
export function formatElapsed(ms: number): string {
  return Math.round(ms) < 1000 ? `${Math.round(ms)} ms` : `${Number((ms / 1000).toFixed(1))} s`
}

/** A tick's time of day in UTC, to the minute: `07:31 UTC`. */
export function formatTimeOfDay(tick: Tick): string {
  return `${isoOf(tick).slice(-9, -4)} UTC`
}

const units = [
  { name: 'd', seconds: 86_400 },
  { name: 'h', seconds: 3_600 },
  { name: 'min', seconds: 60 },
  { name: 's', seconds: 1 },
] as const

/** Formats whole seconds in at most two adjacent units, rounded down: `45 s`, `12 min`, `2 d 1 h`. */
export function formatSpan(seconds: number): string {
  const first = units.findIndex((unit) => seconds >= unit.seconds)
  if (first === -1) return '0 s'
  const { name, seconds: size } = units[first]!
  const head = `${Math.floor(seconds / size)} ${name}`
  const next = units[first + 1]
  const rest = next === undefined ? 0 : Math.floor((seconds % size) / next.seconds)
  return next === undefined || rest === 0 ? head : `${head} ${rest} ${next.name}`
}

/** A latency: `0.42 ms`, `12.3 ms`, `1,240 ms`. */
export function formatLatency(ms: number): string {
  const digits = ms < 1 ? 2 : ms < 100 ? 1 : 0
  return `${groupThousands(Number(ms.toFixed(digits)))} ms`
}

/** A threshold, unrounded: `500 ms`, `1 s`, `1.5 s`. */
export function formatThreshold(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${ms / 1000} s`
}

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** A duration in the configuration: a number and one unit, such as `500ms`, `1.5s`, `5m`, `1h`, `1d`. */
export const durationPattern = /^\d{1,9}(\.\d{1,3})?(ms|s|m|h|d)$/

/** Parses a text that matches `durationPattern` into milliseconds. */
export function parseDurationMs(text: string): number {
  const unit = /[a-z]+$/.exec(text)![0] as keyof typeof unitMs
  return Math.round(Number.parseFloat(text) * unitMs[unit])
}

/** Formats a duration for the configuration, in the largest unit that leaves a whole number. */
export function formatDuration(ms: number): string {
  const unit = (['d', 'h', 'm', 's'] as const).find((unit) => ms >= unitMs[unit] && ms % unitMs[unit] === 0)
  return unit === undefined ? `${ms}ms` : `${ms / unitMs[unit]}${unit}`
}
