import { NoTurn, type Publish, PublishError } from '../shared/alerts/publish.ts'
import type { CheckName, ContactName, Status, Tick } from '../shared/check.ts'
import type { Faults } from './faults.ts'
import type { Loop } from './loop.ts'
import type { Machine } from './machine.ts'

/** What a message tells of one check. */
export interface ToldTransition {
  readonly alertId: string
  readonly check: CheckName
  readonly from: Status
  readonly to: Status | 'removed'
  readonly tick: Tick
}

export interface TopicsOptions {
  readonly loop: Loop
  readonly faults: Faults
  /** Told of each message that a topic took, at the moment at which it did. */
  onTold(machine: Machine, contact: ContactName, transitions: readonly ToldTransition[]): void
  /** Told of each publish that has failed as far as its caller knows. */
  onRefused(contact: ContactName, isForGood: boolean): void
}

/** SNS: a topic for each contact. */
export function createTopics({
  loop,
  faults,
  onTold,
  onRefused,
}: TopicsOptions): (machine: Machine) => Publish {
  const refusedUntilMs = new Map<ContactName, number>()
  return (machine) =>
    async (contact, message, beginUntilMs = Number.POSITIVE_INFINITY) => {
      if (machine.clock.now() > beginUntilMs) throw new NoTurn(contact)
      try {
        await machine.call(() => {
          if (faults.strikes('refusedPublish')) {
            refusedUntilMs.set(contact, loop.now() + faults.random('refusedPublish').int(1_000, 5_400_000))
          }
          if (loop.now() < (refusedUntilMs.get(contact) ?? 0) && !faults.areOver()) {
            throw new Error('refused for now')
          }
          if (faults.strikes('deadTopic'))
            throw Object.assign(new Error('gone'), { name: 'NotFoundException' })
          onTold(machine, contact, (message.http.transitions ?? []) as readonly ToldTransition[])
          if (faults.strikes('lostPublish')) throw new Error('the answer was lost')
        })
      } catch (error) {
        const failure = new PublishError(error)
        onRefused(contact, failure.permanent)
        throw failure
      }
    }
}
