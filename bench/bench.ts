/** One figure of the project: what is measured, and how it is told. */
export interface Bench {
  /** For `--only`. */
  readonly name: string
  readonly title: string
  run(run: Run): Promise<Report>
}

export interface Run {
  /** Fewer rounds: good enough to see whether a target is far off. */
  readonly short: boolean
  /** One short line about what is going on, for whoever waits. */
  progress(text: string): void
}

export interface Report {
  /** How it was measured and what each column means, in whole sentences. */
  readonly notes: readonly string[]
  readonly lines: readonly Line[]
}

/** One line of a table. The keys are its columns, with their units. */
export interface Line {
  readonly what: string
  readonly values: Readonly<Record<string, number>>
  readonly targets?: readonly Target[]
}

/** A bound for one of the values of a line. */
export type Target =
  | { readonly value: string; readonly atMost: number }
  | { readonly value: string; readonly atLeast: number }

export function isMet({ values }: Line, target: Target): boolean {
  const value = values[target.value]!
  return 'atMost' in target ? value <= target.atMost : value >= target.atLeast
}
