import { setImmediate } from 'node:timers/promises'
import type { PublishCommand, SNSClient } from '@aws-sdk/client-sns'
import { expect, test } from 'vitest'
import { localTable } from '../../functions/dev/cloud/database.ts'
import { deliver } from '../../shared/alerts/deliver/deliver.ts'
import { snsPublish } from '../../shared/alerts/publish.ts'
import { sweep } from '../../shared/evaluation/sweep.ts'
import { planReader } from '../../shared/plan/reader.ts'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import { manualClock } from '../fixtures/clock.ts'
import { announce, graceMs, hour, shardPlan, vote } from '../fixtures/home.ts'
import { memoryTable } from '../fixtures/memory-table.ts'
import { shardId } from '../fixtures/words.ts'
import { checkOf } from './delivery.ts'

test('150 shards that flip at once for one contact are told once each, at its pace, by one invocation and a sweep', async () => {
  const store = dynamoStore(memoryTable(), localTable)
  const clock = manualClock(hour * 1000)
  const shards = Array.from({ length: 150 }, (_, index) =>
    shardPlan(
      'p1',
      shardId(`60s-abcdef-${index + 1}`),
      ['a'],
      [{ ...checkOf(`web-${index + 1}`, { ops: 'all' }), confirmations: 1 }],
    ),
  )
  await announce(store, [{ from: hour, shards }])
  for (const shard of shards) await vote(store, shard, hour, { a: 'x' })

  const heard: { alertId: string; atMs: number }[] = []
  const client = {
    async send({ input }: PublishCommand) {
      const [alertId] = JSON.parse(input.MessageAttributes!.alertId!.StringValue!) as [string]
      heard.push({ alertId, atMs: clock.now() - hour * 1000 })
    },
  } as unknown as SNSClient
  /** A process with its own rate limit. */
  const startProcess = () => ({
    ...{ store, clock, graceMs, plans: planReader(store, clock) },
    publish: snsPublish(client, (name) => name, clock),
  })
  /** Advances the clock until the promise has settled. */
  async function played<T>(doing: Promise<T>): Promise<T> {
    let isDone = false
    void doing.finally(() => {
      isDone = true
    })
    for (let turn = 0; turn < 20; turn++) await setImmediate()
    for (let quarter = 0; quarter < 1000 && !isDone; quarter++) {
      clock.advance(250)
      for (let turn = 0; turn < 20; turn++) await setImmediate()
    }
    return doing
  }

  const notify = startProcess()
  const { owing } = await sweep(notify)
  expect(owing).toHaveLength(150)
  const undelivered = (await played(Promise.all(owing.map((shard) => deliver(shard, notify))))).flat()
  const inTime = heard.length
  // One publish each half second, until 15 s before the end of the lease.
  expect(inTime).toBe(91)
  expect(Math.max(...heard.map(({ atMs }) => atMs))).toBe(45_000)
  expect(undelivered).toHaveLength(150 - inTime)
  expect(new Set(undelivered.map(({ error }) => error))).toEqual(
    new Set(['the topic of ops is busy with other alerts']),
  )

  const sweepProcess = startProcess()
  for (const shard of (await sweep(sweepProcess)).owing) await played(deliver(shard, sweepProcess))
  expect(heard).toHaveLength(150)
  expect(new Set(heard.map(({ alertId }) => alertId)).size).toBe(150)
})
