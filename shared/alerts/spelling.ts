import { isoOf, type Tick } from '../check.ts'

/** The time of day of a tick in UTC, to the minute: `07:31 UTC`. */
export function spellTimeOfDay(tick: Tick): string {
  return `${isoOf(tick).slice(-9, -4)} UTC`
}

const units = [
  { name: 'd', seconds: 86_400 },
  { name: 'h', seconds: 3_600 },
  { name: 'min', seconds: 60 },
  { name: 's', seconds: 1 },
] as const

/** Whole seconds in at most two neighbouring units, rounded down: `45 s`, `12 min`, `2 d 1 h`. */
export function spellDuration(seconds: number): string {
  const first = units.findIndex((unit) => seconds >= unit.seconds)
  if (first === -1) return '0 s'
  const { name, seconds: size } = units[first]!
  const head = `${Math.floor(seconds / size)} ${name}`
  const next = units[first + 1]
  const rest = next === undefined ? 0 : Math.floor((seconds % size) / next.seconds)
  return next === undefined || rest === 0 ? head : `${head} ${rest} ${next.name}`
}

/** A latency: `0.42 ms`, `12.3 ms`, `1,240 ms`. */
export function spellLatency(ms: number): string {
  const digits = ms < 1 ? 2 : ms < 100 ? 1 : 0
  return `${groupThousands(Number(ms.toFixed(digits)))} ms`
}

/** A threshold as people write it: `500 ms`, `1 s`, `1.5 s`. */
export function spellThreshold(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${ms / 1000} s`
}

/** A number with its thousands apart: `1,240`. The same in every locale. */
export function groupThousands(value: number): string {
  const [whole = '', fraction] = String(value).split('.')
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, ',')
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

/** `1 voter`, `3 voters`. */
export function countOf(count: number, noun: string): string {
  return `${groupThousands(count)} ${noun}${count === 1 ? '' : 's'}`
}
