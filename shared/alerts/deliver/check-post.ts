import type { ContactName } from '../../check.ts'
import type { PlanReader } from '../../plan/reader.ts'
import type { Entry } from '../../quorum/outbox.ts'
import type { State } from '../../quorum/state.ts'
import type { Store } from '../../store/store.ts'
import { transitionMessage } from '../format/message.ts'
import { type EntryInPlan, entriesInPlan, evidenceFrom, type StepInPlan, stepsIn } from './evidence.ts'
import type { Post } from './post.ts'
import { newsFor } from './told.ts'

/** Maximum transitions written to history at once. */
const concurrentWrites = 16

/** How to deliver the outbox of a shard of checks to the contacts of its checks' alerts. */
export async function checkPost(state: State, plans: PlanReader, store: Store): Promise<Post> {
  const told = await entriesInPlan(state.outbox, state.shard, plans)
  const toldOf = new Map(told.map((one) => [one.entry.seq, one]))
  const transitionOf = evidenceFrom(store)
  const contacts = new Set(told.flatMap(({ check }) => check.alerts.map(({ contact }) => contact)))

  const document = await plans.shard(state.plan, state.shard)
  const names = new Set(document?.checks.map(({ name }) => name))

  return {
    contacts: [...contacts].sort(),
    planned: (check) => names.has(check),

    async compose(contact, entries, told) {
      const wanted = entries.flatMap((unread) => {
        const entry = newsFor(unread, told)
        if (entry === undefined) return []
        // `entry` holds only the part that is new to this contact.
        const one = toldOf.get(entry.seq)
        return one !== undefined && wants(contact, { ...one, entry }) ? [{ ...one, entry }] : []
      })
      if (wanted.length === 0) return undefined
      return transitionMessage(await Promise.all(wanted.map((one) => transitionOf(one, one.entry))))
    },

    async record(entries) {
      const steps = await stepsIn(entries, state.shard, plans)
      // In sequential slices, so that a failing table is not asked for all the rest.
      for (let start = 0; start < steps.length; start += concurrentWrites) {
        await Promise.all(steps.slice(start, start + concurrentWrites).map(recordOne))
      }
    },
  }

  async function recordOne({ told, step, isLast }: StepInPlan): Promise<void> {
    const { check, label, from, to, tick, votes } = await transitionOf(told, step)
    await store.putEvent(check, { from, to, tick, votes })
    if (isLast) await store.putStatus(check, { from, to, tick, votes, label })
  }
}

/**
 * Whether a contact wants to be alerted of an entry. A change from pending to online is not alerted, and `removed`
 * goes to those who are alerted of recoveries.
 */
function wants(contact: ContactName, { entry, check }: EntryInPlan): boolean {
  const wasPending = entry.from === 'pending' && entry.earlier.length === 0
  if (wasPending && (entry.to === 'online' || entry.to === 'removed')) return false
  const to: Exclude<Entry['to'], 'removed' | 'pending'> =
    entry.to === 'removed' || entry.to === 'pending' ? 'online' : entry.to
  return check.alerts.some((alert) => alert.contact === contact && alert.on.includes(to))
}
