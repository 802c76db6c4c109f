import type { ContactName, ShardId } from '../check.ts'
import type { Clock } from '../clock.ts'
import type { PlanReader } from '../plan/reader.ts'
import { cursorOf, type Entry, historyReader, newsIn } from '../quorum/outbox.ts'
import type { State } from '../quorum/state.ts'
import { watchShard } from '../quorum/watch.ts'
import type { Sent, Store } from '../store/store.ts'
import { checkPost } from './check-post.ts'
import { operatorsPost } from './operators-post.ts'
import { type Publish, PublishError } from './publish.ts'
import type { Message } from './transition.ts'

// One delivery of a shard's outbox, and where it may be stopped:
//
//   take the lease -> for each contact: publish -> move its cursor -> ... -> history -> move its cursor
//                                              ^
//          stopped here, the contact hears the same alertId again from the next delivery
//
// Nothing is published that is not committed in STATE, and nothing leaves STATE's outbox before every
// cursor has passed it.

export interface DeliverContext {
  readonly store: Store
  readonly plans: PlanReader
  readonly clock: Clock
  readonly publish: Publish
}

/** What an outbox means to its readers. */
export interface Post {
  readonly contacts: readonly ContactName[]
  /** What a contact must hear of these entries; undefined where it asked for none of them. */
  compose(contact: ContactName, entries: readonly Entry[]): Promise<Message | undefined>
  /** Writes the entries into the history. */
  record(entries: readonly Entry[]): Promise<void>
}

/** What a delivery could not do. */
export interface Undelivered {
  readonly contact: ContactName
  readonly error: string
  /** True: it was given up and is kept as a dead letter. False: the next delivery tries again. */
  readonly givenUp: boolean
}

/** Long enough for one publish with all of its retries; a crashed delivery holds the others up no longer. */
const leaseMs = 60_000
/** What must be left of the lease to begin another publish. */
const reserveMs = 15_000
/** How long a contact's failing publishes are tried again. */
const giveUpAfterMs = 3_600_000
/** How often a delivery begins again for what was committed meanwhile. */
const maxRepeats = 4

/**
 * Publishes what a shard's outbox holds and its readers have not had yet, one digest per contact, then
 * writes it into the history. A contact that cannot be reached holds up no other.
 */
export async function deliver(shard: ShardId, context: DeliverContext): Promise<readonly Undelivered[]> {
  let undelivered: readonly Undelivered[] = []
  let state = await context.store.state(shard, { consistent: true })
  for (let repeat = 0; repeat < maxRepeats && state !== undefined && state.outbox.length > 0; repeat++) {
    undelivered = await deliverState(state, context)
    // What was committed while this delivery had the lease found it taken: it is for this one to deliver.
    const newer: State | undefined = await context.store.state(shard, { consistent: true })
    if (newer?.seq === state.seq) break
    state = newer
  }
  return undelivered
}

async function deliverState(state: State, context: DeliverContext): Promise<readonly Undelivered[]> {
  const shard = state.shard
  const post =
    shard === watchShard
      ? await operatorsPost(state, context.plans)
      : await checkPost(state, context.plans, context.store)

  const unread = (reader: string, { cursors }: Sent): readonly Entry[] =>
    state.outbox
      .flatMap((entry) => newsIn(entry, cursorOf(cursors, reader)) ?? [])
      .sort((a, b) => a.seq - b.seq)
  const before = await context.store.sent(shard)
  if ([...post.contacts, historyReader].every((reader) => unread(reader, before).length === 0)) return []
  const lease = await leaseOn(before, context)
  if (lease === undefined) return []

  const undelivered: Undelivered[] = []
  // Who could not be reached the last time may take long: the others come first.
  const isFailing = (contact: ContactName) => Number(Object.hasOwn(before.failing, contact))
  for (const contact of post.contacts.toSorted((one, other) => isFailing(one) - isFailing(other))) {
    const entries = unread(contact, lease.sent)
    if (entries.length === 0) continue
    if (lease.isOver()) return undelivered
    const seq = entries.at(-1)!.seq
    const message = await post.compose(contact, entries)
    const failure = message && (await attempt(() => context.publish(contact, message)))
    if (failure === undefined) {
      const passed = pass(lease.sent, contact, seq)
      if (!(await lease.write(message === undefined ? passed : reached(passed, contact)))) return undelivered
      continue
    }
    const givenUp = isHopeless(failure, lease.sent, contact, context.clock)
    undelivered.push({ contact, error: failure.message, givenUp })
    const atMs = context.clock.now()
    if (givenUp) await context.store.putDeadLetter(shard, { contact, atMs, error: failure.message, entries })
    const next = givenUp
      ? gaveUp(lease.sent, contact, seq, atMs, failure.message)
      : failed(lease.sent, contact, atMs, failure.message)
    if (!(await lease.write(next))) return undelivered
  }

  const unrecorded = unread(historyReader, lease.sent)
  if (unrecorded.length > 0) await post.record(unrecorded)
  const seq = unrecorded.at(-1)?.seq ?? cursorOf(lease.sent.cursors, historyReader)
  await lease.write({ ...pass(lease.sent, historyReader, seq), leaseUntilMs: 0 })
  return undelivered
}

/** The right to publish for a shard, or undefined while another delivery has it. */
async function leaseOn(before: Sent, { store, clock }: DeliverContext) {
  if (before.leaseUntilMs > clock.now()) return undefined
  let sent: Sent = before
  async function write(next: Sent): Promise<boolean> {
    if ((await store.putSent(next)) === 'conflict') return false
    sent = { ...next, revision: next.revision + 1 }
    return true
  }
  if (!(await write({ ...before, leaseUntilMs: clock.now() + leaseMs }))) return undefined
  return {
    get sent() {
      return sent
    },
    isOver: () => clock.now() > sent.leaseUntilMs - reserveMs,
    /** False: the lease ran out and another delivery took over. */
    write,
  }
}

async function attempt(publish: () => Promise<void>): Promise<PublishError | undefined> {
  try {
    await publish()
    return undefined
  } catch (error) {
    if (error instanceof PublishError) return error
    throw error
  }
}

function isHopeless(failure: PublishError, sent: Sent, contact: ContactName, clock: Clock): boolean {
  const since = sent.failing[contact]?.sinceMs
  return failure.permanent || (since !== undefined && clock.now() - since >= giveUpAfterMs)
}

/** Nothing up to `seq` is left for this reader, so nothing of it fails any more. */
function pass(sent: Sent, reader: string, seq: number): Sent {
  const { [reader]: _, ...failing } = sent.failing
  return { ...sent, cursors: { ...sent.cursors, [reader]: seq }, failing }
}

/** A publish succeeded: only that says that a contact which had been given up is there again. */
function reached(sent: Sent, contact: ContactName): Sent {
  const { [contact]: _, ...dead } = sent.dead
  return { ...sent, dead }
}

function failed(sent: Sent, contact: ContactName, nowMs: number, error: string): Sent {
  const sinceMs = sent.failing[contact]?.sinceMs ?? nowMs
  return { ...sent, failing: { ...sent.failing, [contact]: { sinceMs, error } } }
}

function gaveUp(sent: Sent, contact: ContactName, seq: number, atMs: number, error: string): Sent {
  const passed = pass(sent, contact, seq)
  return { ...passed, dead: { ...passed.dead, [contact]: { atMs, error } } }
}
