import type { Verdict } from '../../shared/check.ts'

// A deliberately dumb twin of `judge`: it knows only what a complete tick means, and before the deadline
// tries everything that the missing voters could still say.

/** What one voter may have said; `missing` by the end is like an abstention: it counts nowhere. */
export type Said = 'offline' | 'slow' | 'online' | 'abstain' | 'missing'

/** The verdict once nobody is waited for. */
export function finalVerdict(said: readonly Said[], confirmations: number): Exclude<Verdict, 'open'> {
  const count = (...words: Said[]) => said.filter((word) => words.includes(word)).length
  if (count('offline') >= confirmations) return 'offline'
  if (count('offline', 'slow') >= confirmations) return 'degraded'
  if (count('online', 'slow') >= confirmations) return 'online'
  return count('offline', 'slow', 'online') < confirmations ? 'blind' : 'split'
}

/** Every way, up to order, in which `missing` voters may still speak or stay silent. */
export function completions(missing: number): readonly (readonly Said[])[] {
  return splits(missing, ['offline', 'slow', 'online', 'abstain', 'missing'])
}

/**
 * Early only where all completions give the same verdict and that one says something: a tick that will be
 * split or blind whatever comes is left open, for it moves no status and its ballots are evidence.
 */
export function twinVerdict(said: readonly Said[], confirmations: number, pastDeadline: boolean): Verdict {
  const arrived = said.filter((word) => word !== 'missing')
  const missing = said.length - arrived.length
  if (pastDeadline || missing === 0) return finalVerdict(arrived, confirmations)
  const possible = new Set(
    completions(missing).map((rest) => finalVerdict([...arrived, ...rest], confirmations)),
  )
  const [only] = possible
  if (possible.size > 1 || only === 'split' || only === 'blind') return 'open'
  return only!
}

/** Every way, up to order, in which `voters` voters can have said these words. */
export function splits(voters: number, words: readonly Said[]): readonly (readonly Said[])[] {
  const [first, ...others] = words
  if (first === undefined) return voters === 0 ? [[]] : []
  return Array.from({ length: voters + 1 }, (_, count) =>
    splits(voters - count, others).map((rest) => [...Array<Said>(count).fill(first), ...rest]),
  ).flat()
}
