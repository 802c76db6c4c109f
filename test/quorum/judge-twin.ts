import type { Verdict } from '../../shared/check.ts'

// A deliberately dumb twin of `judge`: it only knows the verdict of a complete tick, and before the deadline
// tries every vote that the missing voters could still cast.

/** One voter's vote; `missing` at the deadline counts as little as an abstention. */
export type Said = 'offline' | 'slow' | 'online' | 'abstain' | 'missing'

/** The verdict once no ballot is awaited any more. */
export function finalVerdict(said: readonly Said[], confirmations: number): Exclude<Verdict, 'open'> {
  const count = (...words: Said[]) => said.filter((word) => words.includes(word)).length
  if (count('offline') >= confirmations) return 'offline'
  if (count('offline', 'slow') >= confirmations) return 'degraded'
  if (count('online', 'slow') >= confirmations) return 'online'
  return count('offline', 'slow', 'online') < confirmations ? 'blind' : 'split'
}

/** Every combination, ignoring order, of what `missing` voters may still vote, silence included. */
export function completions(missing: number): readonly (readonly Said[])[] {
  return splits(missing, ['offline', 'slow', 'online', 'abstain', 'missing'])
}

/**
 * Decides early only if all completions give the same verdict, and not for split or blind: those change no
 * status, and the ballots still to come are evidence.
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

/** Every combination, ignoring order, of these votes among `voters` voters. */
export function splits(voters: number, words: readonly Said[]): readonly (readonly Said[])[] {
  const [first, ...others] = words
  if (first === undefined) return voters === 0 ? [[]] : []
  return Array.from({ length: voters + 1 }, (_, count) =>
    splits(voters - count, others).map((rest) => [...Array<Said>(count).fill(first), ...rest]),
  ).flat()
}
