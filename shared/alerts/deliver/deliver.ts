import type { ContactName, ShardId } from '../../check.ts'
import type { Clock } from '../../clock.ts'
import { monitorShard } from '../../evaluation/monitor/health.ts'
import type { PlanReader } from '../../plan/reader.ts'
import { cursorOf, type Entry, historyReader, newsIn } from '../../quorum/outbox.ts'
import type { State } from '../../quorum/state.ts'
import type { Sent, Store, Told } from '../../store/store.ts'
import { NoTurn, type Publish, PublishError } from '../publish.ts'
import { checkPost } from './check-post.ts'
import { operatorsPost } from './operators-post.ts'
import type { Post } from './post.ts'
import { failed, gaveUp, inOrder, pass, reached, stillFailing } from './progress.ts'
import { noteTold, toldTo, wasTold } from './told.ts'

// One delivery of a shard's outbox, and the one place where a crash has consequences:
//
//   take the lease -> for each contact: publish -> note what it knows -> move its cursor -> ... -> history -> contacts that failed before
//                                              ^
//          stopped here, the next delivery publishes the same alertId to the contact again
//
// Only what is committed in STATE is published, and an entry leaves STATE's outbox only after every cursor has
// passed it.

export interface DeliverContext {
  readonly store: Store
  readonly plans: PlanReader
  readonly clock: Clock
  readonly publish: Publish
  /**
   * Latest time (epoch ms) to start a publish or write: the process, and every lease with it, ends `reserveMs` later.
   * Absent: the process outlives any lease.
   */
  readonly untilMs?: number
}

/** A contact that a delivery did not reach. */
export interface Undelivered {
  readonly contact: ContactName
  readonly error: string
  /** True: given up and kept as a dead letter. False: the next delivery retries. */
  readonly givenUp: boolean
}

/** Long enough for a publish with all of its retries, and the longest time a crashed delivery blocks the others. */
const leaseMs = 60_000
/** Minimum time left of the lease and the process to start anything: 10 s for SNS, the rest for table writes. */
export const reserveMs = 15_000
/** How long a contact's failing publishes are retried. */
const giveUpAfterMs = 3_600_000
/** Maximum rounds of one delivery; each further one is for entries committed during the previous one. */
const maxRepeats = 4

/**
 * Publishes a shard's undelivered outbox entries, one digest per contact, then writes them to history. A contact that
 * cannot be reached stops no other.
 */
export async function deliver(shard: ShardId, context: DeliverContext): Promise<readonly Undelivered[]> {
  const { clock, untilMs = Number.POSITIVE_INFINITY } = context
  const undelivered: Undelivered[] = []
  let state = await context.store.state(shard, { consistent: true })
  for (let repeat = 0; repeat < maxRepeats && state !== undefined && state.outbox.length > 0; repeat++) {
    if (clock.now() > untilMs) break
    undelivered.push(...(await deliverState(state, context)))
    // Entries committed while this delivery held the lease are its own to deliver: other deliveries found it taken.
    const newer: State | undefined = await context.store.state(shard, { consistent: true })
    if (newer?.seq === state.seq) break
    state = newer
  }
  return undelivered
}

async function deliverState(state: State, context: DeliverContext): Promise<readonly Undelivered[]> {
  const { shard } = state
  const { clock } = context
  const post =
    shard === monitorShard
      ? await operatorsPost(state, context.plans)
      : await checkPost(state, context.plans, context.store)

  // What a check's former shard still owes comes first; a cursor can pass over no step of it.
  const held = state.outbox
    .filter(({ check }) => state.origins?.has(check) === true)
    .map(({ seq, earlier }) => earlier[0]?.seq ?? seq)
  const untilSeq = Math.min(Number.POSITIVE_INFINITY, ...held)
  const unread = (reader: string, { cursors }: Sent): readonly Entry[] =>
    state.outbox
      .filter(({ seq }) => seq < untilSeq)
      .flatMap((entry) => newsIn(entry, cursorOf(cursors, reader)) ?? [])
      .sort((a, b) => a.seq - b.seq)
  const before = await context.store.sent(shard)
  if ([...post.contacts, historyReader].every((reader) => unread(reader, before).length === 0)) return []
  const lease = await leaseOn(stillFailing(before, post.contacts), context)
  if (lease === undefined) return []

  const told = knowledgeOf(shard, post, context)
  const undelivered: Undelivered[] = []
  /** Publishes to a contact and records the outcome. False: another delivery took over. */
  const publishTo = async (contact: ContactName, entries: readonly Entry[]): Promise<boolean> => {
    const { sent } = lease
    const seq = entries.at(-1)!.seq
    const known = toldTo(await told.read(), contact)
    const message = await post.compose(contact, entries, known)
    if (message === undefined) {
      const passed = pass(sent, contact, seq)
      // What another delivery told before it ended was a success.
      if (wasTold(entries, known)) return lease.write(reached(passed, contact))
      return (await told.note(contact, entries, true)) && lease.write(passed)
    }
    const failure = await attempt(() => context.publish(contact, message, lease.beginUntilMs))
    if (failure === undefined) {
      return (await told.note(contact, entries)) && lease.write(reached(pass(sent, contact, seq), contact))
    }
    const error = failure.message
    if (failure instanceof NoTurn) {
      undelivered.push({ contact, error, givenUp: false })
      return true
    }
    const atMs = clock.now()
    const givenUp = isHopeless(failure, sent, contact, atMs)
    undelivered.push({ contact, error, givenUp })
    if (!givenUp) return lease.write(failed(sent, contact, atMs, error))
    await context.store.putDeadLetter(shard, { contact, atMs, error, entries })
    return lease.write(gaveUp(sent, contact, seq, atMs, error))
  }

  for (const reader of inOrder(post.contacts, before)) {
    const entries = unread(reader, lease.sent)
    if (entries.length === 0) continue
    // The remaining readers are left to the next delivery, which need not wait for the end of this lease.
    if (clock.now() > lease.beginUntilMs) break
    if (reader === historyReader) {
      await post.record(entries)
      lease.note(pass(lease.sent, historyReader, entries.at(-1)!.seq))
    } else if (!(await publishTo(reader as ContactName, entries))) return undelivered
  }
  await lease.write({ ...lease.sent, leaseUntilMs: 0 })
  return undelivered
}

/** The right to publish for a shard, or undefined while another delivery has it. */
async function leaseOn(before: Sent, context: DeliverContext) {
  const { store, clock, untilMs = Number.POSITIVE_INFINITY } = context
  if (before.leaseUntilMs > clock.now()) return undefined
  let sent: Sent = before
  async function write(next: Sent): Promise<boolean> {
    if ((await store.putSent(next)) === 'conflict') return false
    sent = { ...next, revision: next.revision + 1 }
    return true
  }
  const leaseUntilMs = Math.min(clock.now() + leaseMs, untilMs + reserveMs)
  if (!(await write({ ...before, leaseUntilMs }))) return undefined
  return {
    get sent() {
      return sent
    },
    /** Latest time (epoch ms) to start a publish or write under this lease. */
    beginUntilMs: leaseUntilMs - reserveMs,
    /** False: the lease ran out and another delivery took over. */
    write,
    /** Defers to the next write what may be repeated after a crash. */
    note(next: Sent): void {
      sent = next
    },
  }
}

/** What the contacts of a shard know, read when first asked for. */
function knowledgeOf(shard: ShardId, { planned }: Post, { store, clock }: DeliverContext) {
  let known: Told | undefined
  async function read(): Promise<Told> {
    known ??= planned === undefined ? { shard, revision: 0, contacts: {} } : await store.told(shard)
    return known
  }
  return {
    read,
    /** Records what a contact has dealt with. False: another delivery took over. */
    async note(contact: ContactName, entries: readonly Entry[], unwanted = false): Promise<boolean> {
      if (planned === undefined) return true
      const next = noteTold(await read(), contact, entries, clock.now(), planned, unwanted)
      if ((await store.putTold(next)) === 'conflict') return false
      known = { ...next, revision: next.revision + 1 }
      return true
    },
  }
}

async function attempt(publish: () => Promise<void>): Promise<PublishError | NoTurn | undefined> {
  try {
    await publish()
    return undefined
  } catch (error) {
    if (error instanceof PublishError || error instanceof NoTurn) return error
    throw error
  }
}

function isHopeless(failure: PublishError, sent: Sent, contact: ContactName, nowMs: number): boolean {
  const since = sent.failing[contact]?.sinceMs
  return failure.permanent || (since !== undefined && nowMs - since >= giveUpAfterMs)
}
