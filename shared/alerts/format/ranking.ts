import type { Transition } from '../transition.ts'

/** Statuses by importance: the worst first. */
export const severity = [
  'offline',
  'degraded',
  'online',
  'pending',
  'removed',
] as const satisfies readonly Transition['to'][]

/** Orders transitions by severity, then by tick (the first to fall is closest to the cause), then by name. */
export function rank(transitions: readonly Transition[]): readonly Transition[] {
  return transitions.toSorted(
    (first, second) =>
      severity.indexOf(first.to) - severity.indexOf(second.to) ||
      first.tick - second.tick ||
      compareCodeUnits(first.check, second.check) ||
      compareCodeUnits(first.alertId, second.alertId),
  )
}

/** Groups ranked transitions by their new status, the worst first; no group is empty. */
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
