import type { Transition } from '../transition.ts'

/** The order in which people are told: the worst first. */
export const severity = [
  'offline',
  'degraded',
  'online',
  'pending',
  'removed',
] as const satisfies readonly Transition['to'][]

/** The transitions with the worst first, then by tick (what fell first is closest to the cause), then by name. */
export function rank(transitions: readonly Transition[]): readonly Transition[] {
  return transitions.toSorted(
    (first, second) =>
      severity.indexOf(first.to) - severity.indexOf(second.to) ||
      first.tick - second.tick ||
      compareCodeUnits(first.check, second.check) ||
      compareCodeUnits(first.alertId, second.alertId),
  )
}

/** Ranked transitions by what they became, the worst first; only groups with a member. */
export function groupByStatus(
  ranked: readonly Transition[],
): readonly { readonly to: Transition['to']; readonly members: readonly Transition[] }[] {
  return severity
    .map((to) => ({ to, members: ranked.filter((transition) => transition.to === to) }))
    .filter((group) => group.members.length > 0)
}

// Not localeCompare: the order must not depend on where the program runs.
function compareCodeUnits(first: string, second: string): number {
  return first < second ? -1 : first > second ? 1 : 0
}
