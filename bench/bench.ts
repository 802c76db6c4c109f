/** One benchmark. */
export interface Bench {
  /** The name for `--only`. */
  readonly name: string
  readonly title: string
  run(run: Run): Promise<Report>
}

export interface Run {
  /** Run fewer rounds, enough to see whether a target is far off. */
  readonly short: boolean
  /** Shows one short line about the current step. */
  progress(text: string): void
}

export interface Report {
  /** How it was measured and what each column means; printed above the table. */
  readonly notes: readonly string[]
  readonly lines: readonly Line[]
}

/** One line of a table. The keys of `values` are the column titles, with their units. */
export interface Line {
  readonly what: string
  readonly values: Readonly<Record<string, number>>
  readonly targets?: readonly Target[]
}

/** A bound for one value of a line. */
export type Target =
  | { readonly value: string; readonly atMost: number }
  | { readonly value: string; readonly atLeast: number }

export function isMet({ values }: Line, target: Target): boolean {
  const value = values[target.value]!
  return 'atMost' in target ? value <= target.atMost : value >= target.atLeast
}
