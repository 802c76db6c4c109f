import type { ContactName } from '../check.ts'
import type { PlanReader } from '../plan/reader.ts'
import { type Entry, lastStep, type Step } from '../quorum/outbox.ts'
import type { State } from '../quorum/state.ts'
import type { Store } from '../store/store.ts'
import type { Post } from './deliver.ts'
import { evidenceFrom, type Told, toldBy } from './evidence.ts'
import { transitionMessage } from './message.ts'

/** How many items of the history are written at a time. */
const concurrentWrites = 16

/** The outbox of a shard of checks: the contacts are those of its checks' alerts. */
export async function checkPost(state: State, plans: PlanReader, store: Store): Promise<Post> {
  const told = await toldBy(state.outbox, state.shard, plans)
  const toldOf = new Map(told.map((one) => [one.entry.seq, one]))
  /** With the part of the entry that is news to its reader. */
  const explained = (entries: readonly Entry[]): readonly Told[] =>
    entries.flatMap((entry) => {
      const one = toldOf.get(entry.seq)
      return one === undefined ? [] : [{ ...one, entry }]
    })
  const transitionOf = evidenceFrom(store)
  const contacts = new Set(told.flatMap(({ check }) => check.alerts.map(({ contact }) => contact)))

  return {
    contacts: [...contacts].sort(),

    async compose(contact, entries) {
      const wanted = explained(entries).filter((one) => wants(contact, one))
      if (wanted.length === 0) return undefined
      return transitionMessage(await Promise.all(wanted.map((one) => transitionOf(one, one.entry))))
    },

    async record(entries) {
      const all = explained(entries)
      for (let start = 0; start < all.length; start += concurrentWrites) {
        await Promise.all(all.slice(start, start + concurrentWrites).map(recordOne))
      }
    },
  }

  async function recordOne(one: Told): Promise<void> {
    for (const step of [...one.entry.earlier, lastStep(one.entry)]) {
      const { check, from, to, tick, votes } = await transitionOf(await atPlanOf(step, one), step)
      await store.putEvent(check, { from, to, tick, votes })
    }
    const { check, label, to, from, tick, votes } = await transitionOf(one, lastStep(one.entry))
    await store.putStatus(check, { from, to, tick, votes, label })
  }

  /** An older step may have been decided under an older plan, whose order of checks the ballots have. */
  async function atPlanOf(step: Step, one: Told): Promise<Told> {
    if (step.plan === one.entry.plan) return one
    const [older] = await toldBy([{ ...one.entry, plan: step.plan }], state.shard, plans)
    return older ?? one
  }
}

/**
 * Whether a contact asked for what an entry tells. A check that was pending and is online is no news, and
 * `removed` ends what only those were told who hear of a recovery.
 */
function wants(contact: ContactName, { entry, check }: Told): boolean {
  const untold = entry.from === 'pending' && entry.earlier.length === 0
  if (untold && (entry.to === 'online' || entry.to === 'removed')) return false
  const to: Exclude<Entry['to'], 'removed' | 'pending'> =
    entry.to === 'removed' || entry.to === 'pending' ? 'online' : entry.to
  return check.alerts.some((alert) => alert.contact === contact && alert.on.includes(to))
}
