import { alertId, type CheckName } from '../../check.ts'
import type { Entry } from '../../quorum/outbox.ts'
import type { Told, ToldNews } from '../../store/store.ts'

// What contacts know: a message starts from the status that its contact was last told, not from what the outbox
// happens to remember.

/** How long a check that has left the plan is remembered, ms: added again within a month, it goes on from there. */
const keptMs = 30 * 86_400_000

/** What one contact was last told, by check. */
export type ToldToContact = Readonly<Record<string, ToldNews>>

export function toldTo({ contacts }: Told, contact: string): ToldToContact {
  return Object.hasOwn(contacts, contact) ? contacts[contact]! : {}
}

/**
 * An entry as news for a contact: it starts from the status that the contact was last told. Undefined if this very
 * change was the last that it was told: a delivery ended between the publish and moving the cursor.
 */
export function newsFor(entry: Entry, told: ToldToContact): Entry | undefined {
  const last = Object.hasOwn(told, entry.check) ? told[entry.check] : undefined
  if (last === undefined) return entry
  // A check that was removed and added again starts anew, wherever its removal was told.
  const isAnew = entry.from === 'pending' && entry.since !== undefined && last.tick <= entry.since
  if (last.to === 'removed' || isAnew) return entry
  if (last.alertId === alertId(entry.check, entry.tick)) return undefined
  const { since: _, ...rest } = entry
  return { ...rest, from: last.to, ...(last.to === 'online' ? {} : { since: last.tick }) }
}

/**
 * What is known after a contact has dealt with entries, whether it was told of them or did not want to be.
 *
 * @param planned whether a check is still in the plan.
 * @param unwanted the contact wanted to hear of none of them.
 */
export function noteTold(
  told: Told,
  contact: string,
  entries: readonly Entry[],
  atMs: number,
  planned: (check: CheckName) => boolean,
  unwanted = false,
): Told {
  const isKept = ([check, news]: [string, ToldNews]) =>
    planned(check as CheckName) || atMs - news.atMs < keptMs
  const kept = Object.fromEntries(
    Object.entries(told.contacts).map(([name, known]) => [
      name,
      Object.fromEntries(Object.entries(known).filter(isKept)),
    ]),
  )
  const news = entries.map(({ check, to, tick }): [string, ToldNews] => [
    check,
    { to, tick, alertId: alertId(check, tick), atMs, ...(unwanted ? { unwanted: true } : {}) },
  ])
  return {
    ...told,
    contacts: {
      ...kept,
      [contact]: { ...toldTo({ ...told, contacts: kept }, contact), ...Object.fromEntries(news) },
    },
  }
}

/** Whether a contact was told one of these changes, by a delivery that ended before it could move the cursor. */
export function wasTold(entries: readonly Entry[], told: ToldToContact): boolean {
  return entries.some(({ check, tick }) => {
    const last = Object.hasOwn(told, check) ? told[check] : undefined
    return last?.alertId === alertId(check, tick) && last.unwanted !== true
  })
}
