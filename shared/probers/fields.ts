import { z } from 'zod'

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** A duration as people write it (`500ms`, `10s`, `5m`, `1h`, `1d`), turned into milliseconds. */
export const durationMs = z
  .string()
  .regex(
    /^\d+(\.\d+)?(ms|s|m|h|d)$/,
    'is no duration; write a number and a unit, such as 500ms, 10s, 5m, 1h or 1d',
  )
  .transform((text) => {
    const unit = /[a-z]+$/.exec(text)![0] as keyof typeof unitMs
    return Math.round(Number.parseFloat(text) * unitMs[unit])
  })
