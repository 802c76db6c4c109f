import { type NativeAttributeValue, unmarshall } from '@aws-sdk/util-dynamodb'
import type { AttributeValue, DynamoDBRecord } from 'aws-lambda'
import { evidenceFrom, stepsIn } from '../../../shared/alerts/deliver/evidence.ts'
import { noticeOf } from '../../../shared/alerts/deliver/operators-post.ts'
import {
  type AlertId,
  alertId,
  type CheckName,
  type ContactName,
  type ShardId,
  type Vote,
} from '../../../shared/check.ts'
import { monitorShard } from '../../../shared/evaluation/monitor/health.ts'
import type { PlanReader } from '../../../shared/plan/reader.ts'
import { unpackVote } from '../../../shared/quorum/ballot.ts'
import { newsIn } from '../../../shared/quorum/outbox.ts'
import type { State } from '../../../shared/quorum/state.ts'
import type { Line } from '../../../shared/replay/lines.ts'
import { decodeBallot, decodeState } from '../../../shared/store/codec.ts'
import { shardOf } from '../../../shared/store/keys.ts'
import type { Store } from '../../../shared/store/store.ts'
import type { Published } from './topics.ts'

/** A contact's topic name is this prefix followed by the contact's name, locally and on AWS. */
export const topicPrefix = 'upquorum-'

/**
 * Turns the stream records and published messages of a run into lines.
 *
 * @param emit receives each line once. A transition is emitted when it is committed, before it is delivered.
 */
export function recordLines(store: Store, plans: PlanReader, emit: (line: Line) => void) {
  const emittedSeq = new Map<ShardId, number>()

  async function ballot(shard: ShardId, image: Attributes): Promise<void> {
    const cast = decodeBallot(image)
    const document = await plans.shard(cast.plan, shard)
    if (document === undefined) return
    const votes: Record<CheckName, Vote> = {}
    document.checks.forEach((check, index) => {
      votes[check.name] = unpackVote(cast, index, check, document.version)
    })
    emit({ type: 'ballot', tick: cast.tick, voter: cast.voter, votes })
  }

  async function transitions(state: State): Promise<void> {
    const { shard } = state
    const known = emittedSeq.get(shard) ?? 0
    emittedSeq.set(shard, Math.max(known, state.seq))
    const fresh = state.outbox.flatMap((entry) => newsIn(entry, known) ?? []).sort((a, b) => a.seq - b.seq)
    if (shard === monitorShard) {
      for (const { about, name, state: what, tick, detail } of fresh.map(noticeOf)) {
        emit({ type: 'warning', message: `${about} ${name} ${what}: ${detail}`, tick })
      }
      return
    }
    const transitionOf = evidenceFrom(store)
    // Several ticks decided at once may change a check more than once.
    for (const { told, step } of await stepsIn(fresh, shard, plans)) {
      const { check, from, to, tick, votes } = await transitionOf(told, step)
      const plain = Object.fromEntries(Object.entries(votes).map(([voter, { vote }]) => [voter, vote]))
      emit({ type: 'transition', check, from, to, tick, alertId: alertId(check, tick), votes: plain })
    }
  }

  return {
    async record({ eventName, dynamodb }: DynamoDBRecord): Promise<void> {
      const { pk, sk } = dynamodb?.Keys ?? {}
      if (!pk?.S?.startsWith('SHARD#') || dynamodb?.NewImage === undefined) return
      const image = plainItem(dynamodb.NewImage)
      if (sk?.S === 'STATE') await transitions(decodeState(shardOf(pk.S), image))
      else if (sk?.S?.startsWith('BALLOT#') && eventName === 'INSERT') await ballot(shardOf(pk.S), image)
    },

    published({ topic, subject, texts, attributes }: Published): void {
      emit({
        type: 'alert',
        contact: topic.slice(topicPrefix.length) as ContactName,
        alertIds: (attributes.alertId ?? []) as AlertId[],
        subject,
        sms: texts.sms ?? '',
        email: texts.email ?? '',
        http: JSON.parse(texts.default ?? '{}') as Record<string, unknown>,
      })
    },

    transitions,

    /** Marks everything up to `seq` as emitted, for what an earlier run already showed. */
    skip(shard: ShardId, seq: number): void {
      emittedSeq.set(shard, Math.max(emittedSeq.get(shard) ?? 0, seq))
    },
  }
}

type Attributes = Record<string, NativeAttributeValue>

function plainItem(image: Record<string, AttributeValue>): Attributes {
  return unmarshall(image as Parameters<typeof unmarshall>[0])
}
