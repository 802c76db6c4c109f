import type { CheckName } from '../shared/check.ts'
import type { CurrentPlan } from '../shared/plan/plan-store.ts'
import type { State } from '../shared/quorum/state.ts'
import type { DeadLetter, Event, Sent, StatusItem, Told } from '../shared/store/store.ts'

/** Told of writes at the moment of their effect, before anybody else can see them. */
export interface Watcher {
  onState(before: State | undefined, after: State): void
  onSent(before: Sent, after: Sent): void
  onTold(before: Told | undefined, after: Told): void
  onPlans(before: CurrentPlan, current: CurrentPlan): void
  onEvent(check: CheckName, event: Event): void
  onStatus(check: CheckName, status: StatusItem): void
  onDeadLetter(letter: DeadLetter): void
}
