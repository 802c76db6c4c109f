import type { DeadLetter, Sent } from '../shared/store/store.ts'
import type { Loop } from './loop.ts'

// How long a contact that cannot be reached is tried: an hour, or until its topic refuses for good.

const patienceMs = 3_600_000
/** A refusal leads to a dead letter within this: three calls of at most nine seconds. */
const soonMs = 30_000

export interface PatienceJudge {
  /** A publish did not succeed, as far as its caller knows. */
  onRefused(contact: string, isForGood: boolean): void
  onSent(before: Sent, after: Sent): void
  onDeadLetter(letter: DeadLetter): void
}

export function createPatienceJudge(loop: Pick<Loop, 'now'>, fail: (breach: string) => void): PatienceJudge {
  /** By contact, epoch ms. */
  const refusedFirstMs = new Map<string, number>()
  const refusedForGoodMs = new Map<string, number>()
  /** By shard and contact: since when the table has known that publishes fail, epoch ms. */
  const knownMs = new Map<string, number>()

  return {
    onRefused(contact, isForGood) {
      if (!refusedFirstMs.has(contact)) refusedFirstMs.set(contact, loop.now())
      if (isForGood) refusedForGoodMs.set(contact, loop.now())
    },

    onSent(before, after) {
      for (const contact of new Set([...Object.keys(before.failing), ...Object.keys(after.failing)])) {
        const key = `${after.shard} ${contact}`
        const failing = after.failing[contact]
        if (failing === undefined) knownMs.delete(key)
        else if (!knownMs.has(key)) knownMs.set(key, loop.now())
        else if (failing.triedMs > knownMs.get(key)! + patienceMs) {
          fail(`${contact} has failed since ${knownMs.get(key)} in ${after.shard} and was not given up`)
        }
      }
    },

    onDeadLetter({ contact }) {
      const hasFailedForMs = loop.now() - (refusedFirstMs.get(contact) ?? loop.now())
      const isForGood = loop.now() - (refusedForGoodMs.get(contact) ?? 0) <= soonMs
      if (hasFailedForMs < patienceMs && !isForGood) {
        fail(`${contact} was given up after ${Math.round(hasFailedForMs / 1000)} s`)
      }
    },
  }
}
