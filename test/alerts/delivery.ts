import { type DeliverContext, deliver, type Undelivered } from '../../shared/alerts/deliver/deliver.ts'
import { type Publish, PublishError } from '../../shared/alerts/publish.ts'
import type { Message } from '../../shared/alerts/transition.ts'
import type { Alert, ShardId } from '../../shared/check.ts'
import { evaluate } from '../../shared/evaluation/evaluate.ts'
import { sweep } from '../../shared/evaluation/sweep.ts'
import type { PlannedCheck, ShardPlan } from '../../shared/plan/plan.ts'
import { planReader } from '../../shared/plan/reader.ts'
import type { State } from '../../shared/quorum/state.ts'
import type { Store } from '../../shared/store/store.ts'
import { manualClock } from '../fixtures/clock.ts'
import { announce, graceMs, hour, planned, shardPlan, vote } from '../fixtures/home.ts'
import { contact, shardId } from '../fixtures/words.ts'
import { judged } from '../quorum/shards.ts'

// A home in which the test casts the votes of each tick and calls each delivery.

export const intervalSeconds = 30
export const minuteMs = 60_000

/** A check with a delay of one tick, and which contacts are alerted of what: `{ ops: 'all', hook: ['offline'] }`. */
export function checkOf(name: string, alerts: Readonly<Record<string, 'all' | Alert['on']>>): PlannedCheck {
  return {
    ...planned(judged(name, { delay: { down: 1, up: 1 } })),
    alerts: Object.entries(alerts).map(([to, on]) => ({
      contact: contact(to),
      on: on === 'all' ? ['offline', 'degraded', 'online'] : on,
    })),
  }
}

export interface Heard {
  readonly contact: string
  readonly message: Message
}

export interface Delivery {
  readonly store: Store
  readonly shard: ShardPlan
  readonly clock: ReturnType<typeof manualClock>
  /** The messages that the topics accepted, in order. */
  readonly heard: readonly Heard[]
  /** What a topic does instead of accepting a message. */
  readonly topics: Map<string, (message: Message) => Promise<void>>
  /** Casts all voters' votes at the next tick, one letter for each check, and evaluates it. */
  decide(letters: string): Promise<State>
  /** Delivers now, as another process that shares only the table; it may start nothing after `untilMs`. */
  deliver(publish?: Publish, untilMs?: number): Promise<readonly Undelivered[]>
  /** Publishes to a topic, or does what `topics` says instead. */
  readonly publish: Publish
  /** Evaluates and delivers, as a sweep does. */
  sweep(): Promise<void>
  /** The subjects that a contact has received since the last call. */
  read(contact: string): readonly string[]
  sent(): ReturnType<Store['sent']>
}

/** @param table a table of its own. */
export async function startDelivery(
  table: Store,
  checks: readonly PlannedCheck[],
  options: { readonly operators?: string; readonly voters?: readonly string[] } = {},
): Promise<Delivery> {
  const { operators, voters = ['a', 'b'] } = options
  const id: ShardId = shardId(`${intervalSeconds}s-abcdef-1`)
  const shard = shardPlan('p1', id, voters, checks)
  const clock = manualClock(hour * 1000)
  const heard: Heard[] = []
  const unread = new Map<string, string[]>()
  const topics: Delivery['topics'] = new Map()
  await announce(table, [{ from: hour, shards: [shard], ...(operators === undefined ? {} : { operators }) }])

  const publish: Publish = async (to, message) => {
    await topics.get(to)?.(message)
    heard.push({ contact: to, message })
    unread.set(to, [...(unread.get(to) ?? []), message.subject])
  }
  const context = (own: Publish): DeliverContext & { graceMs: number } => ({
    store: table,
    plans: planReader(table, clock),
    clock,
    graceMs,
    publish: own,
  })

  let next = hour
  return {
    store: table,
    shard,
    clock,
    heard,
    topics,
    publish,
    async decide(letters) {
      next = Math.max(next, Math.ceil(clock.now() / 1000 / intervalSeconds) * intervalSeconds)
      clock.advance(next * 1000 - clock.now())
      await vote(table, shard, next, Object.fromEntries(voters.map((name) => [name, letters])))
      next += intervalSeconds
      return (await evaluate(id, context(publish)))!
    },
    deliver: (own = publish, untilMs) =>
      deliver(id, { ...context(own), ...(untilMs === undefined ? {} : { untilMs }) }),
    async sweep() {
      const { owing } = await sweep(context(publish))
      for (const each of owing) await deliver(each, context(publish))
    },
    read(name) {
      const subjects = unread.get(name) ?? []
      unread.delete(name)
      return subjects
    },
    sent: () => table.sent(id),
  }
}

/** A temporary error of SNS. */
export const throttled = new PublishError(
  Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' }),
)
/** The error of SNS for a topic that does not exist. */
export const noTopic = new PublishError(
  Object.assign(new Error('Topic does not exist'), { name: 'NotFoundException' }),
)
