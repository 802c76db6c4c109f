import type { Alert, CheckName, ContactName, ShardId } from '../shared/check.ts'
import type { Event, StatusItem } from '../shared/store/store.ts'
import type { CommitJudge } from './judge.ts'
import type { ToldTransition } from './topics.ts'
import type { TwinTransition } from './twin.ts'

// What people hear and what history says, against what was committed.

export interface DeliveryJudge {
  onTold(contact: ContactName, transitions: readonly ToldTransition[]): void
  /** A contact's cursor moved: the table knows what it has been told of a shard. */
  onAcknowledged(contact: ContactName, shard: ShardId): void
  /** The table has noted that a contact knows of this change. */
  onNoted(contact: string, check: string, alertId: string): void
  /** A message was given up: what it said of these checks stays untold. */
  onGivenUp(contact: string, checks: readonly CheckName[]): void
  onEvent(check: CheckName, event: Event): void
  onStatus(check: CheckName, status: StatusItem): void
  /** The last that a contact heard of a check. */
  lastTold(contact: ContactName, check: CheckName): ToldTransition | undefined
  /** How many transitions were told, repetitions included. */
  readonly told: number
}

export interface DeliveryJudgeOptions {
  readonly commits: Pick<CommitJudge, 'transitionAt' | 'transitionsBetween'>
  /** Which changes a contact hears of under the plan that decided; undefined where it is not linked. */
  filterOf(contact: ContactName, transition: TwinTransition): Alert['on'] | undefined
  fail(breach: string): void
}

export function createDeliveryJudge({ commits, filterOf, fail }: DeliveryJudgeOptions): DeliveryJudge {
  const last = new Map<string, ToldTransition>()
  const lastAcknowledged = new Map<string, ToldTransition>()
  let told = 0

  return {
    get told() {
      return told
    },
    lastTold: (contact, check) => last.get(`${contact} ${check}`),

    onTold(contact, transitions) {
      for (const one of transitions) {
        told++
        const { alertId, check, from, to, tick } = one
        const words = `${contact} was told that ${check} went from ${from} to ${to} at ${tick}`
        const committed = commits.transitionAt(check, tick)
        if (committed?.to !== to) fail(`${words}, which was never decided`)
        if (alertId !== `${check}@${tick}`) fail(`${words} under the id ${alertId}`)
        const key = `${contact} ${check}`
        const before = last.get(key)
        const acknowledged = lastAcknowledged.get(key)
        last.set(key, one)
        // The same again is what at-least-once delivery does.
        if (before === undefined || before.alertId === alertId) continue
        if (tick < before.tick) fail(`${words}, after it had heard of ${before.tick}`)
        const isMeant = commits
          .transitionsBetween(check, acknowledged?.tick ?? 0, tick)
          .every((between) => filterOf(contact, between)?.length === 3)
        // Where the answer to a publish was lost, the next message begins at what was heard for certain.
        const known = [before.to, acknowledged?.to ?? 'online']
        if (isMeant && !known.some((to) => leadsOn(to, from))) {
          fail(`${words}, and had last heard that it was ${before.to}`)
        }
      }
    },

    onAcknowledged(contact, shard) {
      for (const [key, one] of last) {
        if (!key.startsWith(`${contact} `)) continue
        if (commits.transitionAt(one.check, one.tick)?.shard === shard) lastAcknowledged.set(key, one)
      }
    },

    onNoted(contact, check, alertId) {
      const key = `${contact} ${check}`
      const one = last.get(key)
      if (one?.alertId === alertId) lastAcknowledged.set(key, one)
    },

    onGivenUp(contact, checks) {
      for (const check of checks) {
        last.delete(`${contact} ${check}`)
        lastAcknowledged.delete(`${contact} ${check}`)
      }
    },

    onEvent(check, { from, to, tick }) {
      const committed = commits.transitionAt(check, tick)
      if (committed?.from !== from || committed.to !== to) {
        fail(`history says that ${check} went from ${from} to ${to} at ${tick}, which was never decided`)
      }
    },

    onStatus(check, { to, tick }) {
      if (commits.transitionAt(check, tick)?.to !== to) {
        fail(`the status of ${check} says ${to} since ${tick}, which was never decided`)
      }
    },
  }
}

/**
 * Whether the next message may begin at `from` for whom has last heard of `to`. A check that was removed and is there
 * again begins as pending, and that it then is online is told to no one.
 */
function leadsOn(to: ToldTransition['to'], from: ToldTransition['from']): boolean {
  if (to === from) return true
  return (to === 'removed' || to === 'online') && (from === 'pending' || from === 'online')
}
