import type { FaultKind } from './faults.ts'
import { playRun, type Run, type RunOptions } from './run.ts'

/** The same seed with as little going wrong as still fails, and what happened up to the first breach. */
export interface Shortened {
  readonly run: Run
  /** The faults without which it does not fail. */
  readonly needed: readonly FaultKind[]
  readonly without: ReadonlySet<FaultKind>
  /** The last lines before the first breach. */
  readonly trace: readonly string[]
}

const traceLines = 60

/**
 * Leaves out one fault after the other, then ticks, for as long as the seed still fails.
 *
 * @param leftOut faults that were off in the run that failed.
 */
export function shorten(failed: Run, leftOut: ReadonlySet<FaultKind>): Shortened {
  let shortest = failed
  let without = leftOut
  const stillFails = (options: RunOptions): boolean => {
    const run = playRun(options)
    if (run.breaches.length === 0) return false
    shortest = run
    return true
  }
  for (const kind of failed.faults) {
    const fewer = new Set([...without, kind])
    if (stillFails({ seed: failed.seed, ticks: shortest.ticks, without: fewer })) without = fewer
  }
  for (let less = Math.floor(shortest.ticks / 2); less >= 1; less = Math.floor(less / 2)) {
    while (
      less < shortest.ticks &&
      stillFails({ seed: failed.seed, ticks: shortest.ticks - less, without })
    ) {}
  }
  return {
    run: shortest,
    needed: failed.faults.filter((kind) => !without.has(kind)),
    without,
    trace: traceOf({ seed: failed.seed, ticks: shortest.ticks, without }),
  }
}

function traceOf(options: RunOptions): readonly string[] {
  const lines: string[] = []
  let isOver = false
  playRun({
    ...options,
    onTrace(line) {
      if (isOver) return
      lines.push(line)
      if (lines.length > traceLines) lines.shift()
      isOver = line.includes('BREACH')
    },
  })
  return lines
}
