import { alertId } from '../../check.ts'
import type { PlanReader } from '../../plan/reader.ts'
import type { Entry } from '../../quorum/outbox.ts'
import type { State } from '../../quorum/state.ts'
import { noticeMessage } from '../format/message.ts'
import type { Notice } from '../transition.ts'
import type { Post } from './post.ts'

/** How to deliver the outbox of the monitor's own shard: notices to the operators only. */
export async function operatorsPost(state: State, plans: PlanReader): Promise<Post> {
  const { operators } = await plans.index(state.plan)
  return {
    contacts: operators === undefined ? [] : [operators],
    compose: async (_contact, entries) => noticeMessage(entries.map(noticeOf)),
    record: async () => {},
  }
}

/** The notice of an entry, whose `check` is a subject: `voter/…`, `check/…` or `contact/…`. */
export function noticeOf(entry: Entry): Notice {
  const slash = entry.check.indexOf('/')
  return {
    alertId: alertId(entry.check, entry.tick),
    about: entry.check.slice(0, slash) as Notice['about'],
    name: entry.check.slice(slash + 1),
    state: entry.to === 'offline' ? 'lost' : entry.to === 'removed' ? 'removed' : 'back',
    tick: entry.tick,
    detail: entry.note ?? '',
  }
}
