const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** The text of a duration: a number and one unit, such as `500ms`, `1.5s`, `5m`, `1h`, `1d`. */
export const durationPattern = /^\d{1,9}(\.\d{1,3})?(ms|s|m|h|d)$/

/** Milliseconds of a text that matches `durationPattern`. */
export function parseDurationMs(text: string): number {
  const unit = /[a-z]+$/.exec(text)![0] as keyof typeof unitMs
  return Math.round(Number.parseFloat(text) * unitMs[unit])
}

/** The shortest text of a duration that people would write: the largest unit that leaves a whole number. */
export function formatDuration(ms: number): string {
  const unit = (['d', 'h', 'm', 's'] as const).find((unit) => ms >= unitMs[unit] && ms % unitMs[unit] === 0)
  return unit === undefined ? `${ms}ms` : `${ms / unitMs[unit]}${unit}`
}
