import { setImmediate } from 'node:timers/promises'
import { type SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { type Database, localCredentials, startDatabase } from '../../functions/dev/cloud/database.ts'
import { type Answer, startEndpoint } from '../../functions/dev/cloud/endpoint.ts'
import { sqsQueue } from '../../functions/runtime/sqs-queue.ts'
import { createSchedule, handler } from '../../functions/schedule.ts'
import { sleep } from '../../shared/clock.ts'
import { planReader } from '../../shared/plan/reader.ts'
import type { Job } from '../../shared/plan/schedule.ts'
import type { Store } from '../../shared/store/store.ts'
import { manualClock } from '../fixtures/clock.ts'
import { announce, hour, planned, shardPlan } from '../fixtures/home.ts'
import { refusingAddress } from '../fixtures/servers.ts'
import { shardId, tick, version, voter } from '../fixtures/words.ts'
import { partitionOf } from '../line/world.ts'
import { context, recordingLog } from './events.ts'

let database: Database
beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.close())

let table: Store
beforeEach(() => {
  table = partitionOf(database.client)
})

interface Batch {
  readonly QueueUrl: string
  readonly Entries: readonly {
    readonly Id: string
    readonly MessageBody: string
    readonly DelaySeconds: number
  }[]
}

/** Answers like SQS. `refuse` names the jobs to reject this time; `queue` replaces the whole queue. */
async function start({
  refuse = () => false,
  clock = manualClock(hour * 1000),
  ...given
}: {
  readonly refuse?: (job: Job, attempt: number) => boolean
  readonly clock?: ReturnType<typeof manualClock>
  readonly queue?: SQSClient
} = {}) {
  const batches: Batch[] = []
  const attempts = new Map<string, number>()
  const answer = (body: string): Answer => {
    const batch = JSON.parse(body) as Batch
    batches.push(batch)
    const outcomes = batch.Entries.map(({ Id, MessageBody }) => {
      const attempt = (attempts.get(MessageBody) ?? 0) + 1
      attempts.set(MessageBody, attempt)
      return { Id, isRefused: refuse(JSON.parse(MessageBody) as Job, attempt) }
    })
    return {
      status: 200,
      type: 'application/x-amz-json-1.0',
      body: JSON.stringify({
        Successful: outcomes
          .filter(({ isRefused }) => !isRefused)
          .map(({ Id }) => ({ Id, MessageId: `m-${Id}`, MD5OfMessageBody: '' })),
        Failed: outcomes
          .filter(({ isRefused }) => isRefused)
          .map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false })),
      }),
    }
  }
  const endpoint = await startEndpoint({ SendMessageBatch: answer })
  const sqs = new SQSClient({
    endpoint: endpoint.url,
    region: 'local',
    credentials: localCredentials,
    md5: false,
  })
  onTestFinished(async () => {
    sqs.destroy()
    await endpoint.close()
  })
  const log = recordingLog()
  const schedule = createSchedule(
    {
      voter: voter('a'),
      plans: planReader(table, clock),
      queue: sqsQueue(given.queue ?? sqs, 'https://sqs.local/jobs'),
      delaysFromSending: true,
      clock,
    },
    log,
  )
  return {
    clock,
    batches,
    log,
    /** Advances the clock until the invocation has ended. */
    async invoke(time: string) {
      let ended = false
      const invocation = schedule({ time }, context)
      const end = () => {
        ended = true
      }
      invocation.then(end, end)
      while (!ended) {
        await setImmediate()
        if (clock.pending() > 0) clock.advance(1)
      }
      return invocation
    },
    /** The queued jobs and when they appear, in seconds after the hour. */
    queued: () =>
      batches.flatMap(({ Entries }) =>
        Entries.map(({ MessageBody, DelaySeconds }) => {
          const { shard, tick } = JSON.parse(MessageBody) as Job
          return { shard, tick: tick - hour, delay: DelaySeconds }
        }),
      ),
  }
}

const shard = (id: string, voters = ['a', 'b']) => shardPlan('p1', shardId(id), voters, [planned('web')])
const timeOf = (seconds: number) => new Date((hour + seconds) * 1000).toISOString()

describe('at its minute', () => {
  test('everything due from a minute to two minutes later is queued, to appear at its tick', async () => {
    await announce(table, [
      { from: hour, shards: [shard('30s-abcdef-1'), shard('60s-abcdef-1'), shard('120s-abcdef-1')] },
    ])
    const { clock, invoke, queued, batches } = await start()
    clock.advance(7_300)
    expect(await invoke(timeOf(0))).toEqual({ queued: 3 })
    expect(queued()).toEqual([
      { shard: '30s-abcdef-1', tick: 60, delay: 52 },
      { shard: '60s-abcdef-1', tick: 60, delay: 52 },
      { shard: '30s-abcdef-1', tick: 90, delay: 82 },
    ])
    expect(batches[0]!.QueueUrl).toBe('https://sqs.local/jobs')
    expect(batches[0]!.Entries[0]!.MessageBody).toBe(`{"shard":"30s-abcdef-1","tick":${hour + 60}}`)
  })

  test('at the last moment of its minute it still is in time', async () => {
    await announce(table, [{ from: hour, shards: [shard('30s-abcdef-1')] }])
    const { clock, invoke, queued } = await start()
    clock.advance(59_900)
    await invoke(timeOf(0))
    expect(queued().map(({ tick, delay }) => [tick, delay])).toEqual([
      [60, 0],
      [90, 30],
    ])
  })

  test.for([0, 3, 49, 50, 51, 300, 999])(
    '%i ms into a second, every job still appears within 50 ms of its tick',
    async (ms) => {
      await announce(table, [{ from: hour, shards: [shard('10s-abcdef-1'), shard('60s-abcdef-1')] }])
      const { clock, invoke, queued } = await start()
      clock.advance(31_000 + ms)
      expect(await invoke(timeOf(0))).toEqual({ queued: 7 })
      for (const { tick, delay } of queued()) {
        const appearsAtMs = clock.now() + delay * 1000
        expect(appearsAtMs - (hour + tick) * 1000).toBeGreaterThanOrEqual(0)
        expect(appearsAtMs - (hour + tick) * 1000).toBeLessThan(50)
      }
    },
  )

  test('with a tick that is due before the next second, it waits for nothing', async () => {
    await announce(table, [{ from: hour, shards: [shard('30s-abcdef-1')] }])
    const { clock, invoke, queued } = await start()
    clock.advance(60_400)
    await invoke(timeOf(0))
    expect(clock.now()).toBe(hour * 1000 + 60_400)
    expect(queued().map(({ tick, delay }) => [tick, delay])).toEqual([
      [60, 0],
      [90, 30],
    ])
  })

  test('fired late, what should have appeared already appears at once: the probe drops what is stale', async () => {
    await announce(table, [{ from: hour, shards: [shard('30s-abcdef-1')] }])
    const { clock, invoke, queued } = await start()
    clock.advance(85_000)
    await invoke(timeOf(0))
    expect(queued().map(({ delay }) => delay)).toEqual([0, 5])
  })

  test('fired twice, it queues the same jobs twice: a ballot is written once', async () => {
    await announce(table, [{ from: hour, shards: [shard('60s-abcdef-1')] }])
    const { invoke, queued } = await start()
    await Promise.all([invoke(timeOf(0)), invoke(timeOf(0))])
    expect(queued()).toEqual([
      { shard: '60s-abcdef-1', tick: 60, delay: 60 },
      { shard: '60s-abcdef-1', tick: 60, delay: 60 },
    ])
  })

  test.for(['<aws.scheduler.scheduled-time>', ''])(
    'a time that is none, "%s", is the current minute',
    async (time) => {
      await announce(table, [{ from: hour, shards: [shard('60s-abcdef-1')] }])
      const { clock, invoke, queued } = await start()
      clock.advance(200_000)
      await invoke(time)
      expect(queued()).toEqual([{ shard: '60s-abcdef-1', tick: 240, delay: 40 }])
    },
  )

  test('a time within the minute is its minute', async () => {
    await announce(table, [{ from: hour, shards: [shard('60s-abcdef-1')] }])
    const { invoke, queued } = await start()
    await invoke(timeOf(42))
    expect(queued().map(({ tick }) => tick)).toEqual([60])
  })

  test('plans of other minutes are not read: one that is announced and unreadable stops nothing before it holds', async () => {
    const plans = [
      { from: hour - 600, shards: [shardPlan('p0', shardId('60s-former-1'), ['a'], [planned('web')])] },
      { from: hour, shards: [shard('60s-abcdef-1')] },
    ]
    await announce(table, plans)
    const { revision, entries } = await table.currentPlan()
    const unwritten = { version: version('p2'), from: tick(hour + 180) }
    await table.putCurrentPlan({ revision, entries: [...entries, unwritten] })
    const { invoke, queued, clock } = await start()
    expect(await invoke(timeOf(0))).toEqual({ queued: 1 })
    expect(queued().map(({ shard }) => shard)).toEqual(['60s-abcdef-1'])
    clock.advance(120_000)
    await expect(invoke(timeOf(120))).rejects.toThrow('the plan p2 is announced but not in the table')
  })

  test('what others vote on is theirs', async () => {
    await announce(table, [{ from: hour, shards: [shard('60s-abcdef-1', ['b', 'c'])] }])
    const { invoke, batches } = await start()
    expect(await invoke(timeOf(0))).toEqual({ queued: 0 })
    expect(batches).toEqual([])
  })

  test('without any plan there is nothing to do', async () => {
    const { invoke } = await start()
    expect(await invoke(timeOf(0))).toEqual({ queued: 0 })
  })
})

describe('the queue', () => {
  const ten = Array.from({ length: 23 }, (_, index) => shard(`60s-abcdef-${index}`))

  test('is sent ten jobs at a time', async () => {
    await announce(table, [{ from: hour, shards: ten }])
    const { invoke, batches } = await start()
    expect(await invoke(timeOf(0))).toEqual({ queued: 23 })
    expect(batches.map(({ Entries }) => Entries.length).toSorted()).toEqual([10, 10, 3])
  })

  test('that takes its time has 600 jobs soon even so: a few batches are sent at once', async () => {
    const checks = Array.from({ length: 600 }, (_, index) => shard(`60s-abcdef-${index}`))
    await announce(table, [{ from: hour, shards: checks }])
    const clock = manualClock(hour * 1000)
    const taken: { readonly body: string; readonly atMs: number }[] = []
    let [atOnce, most] = [0, 0]
    const queue = {
      async send({ input: { Entries = [] } }: SendMessageBatchCommand) {
        most = Math.max(most, ++atOnce)
        await sleep(clock, 20)
        atOnce--
        for (const { MessageBody, DelaySeconds } of Entries)
          taken.push({ body: MessageBody!, atMs: clock.now() + DelaySeconds! * 1000 })
        return {}
      },
    } as unknown as SQSClient
    const { invoke } = await start({ queue, clock })
    expect(await invoke(timeOf(0))).toEqual({ queued: 600 })
    expect(new Set(taken.map(({ body }) => body)).size).toBe(600)
    const latestMs = Math.max(...taken.map(({ atMs }) => atMs)) - (hour + 60) * 1000
    expect(latestMs).toBeLessThan(200)
    expect(most).toBeLessThanOrEqual(10)
  })

  test('may refuse some of a batch: these alone are sent once more', async () => {
    await announce(table, [{ from: hour, shards: ten }])
    const refused = ['60s-abcdef-3', '60s-abcdef-15']
    const { invoke, queued } = await start({
      refuse: (job, attempt) => refused.includes(job.shard) && attempt === 1,
    })
    expect(await invoke(timeOf(0))).toEqual({ queued: 23 })
    expect(
      queued()
        .slice(23)
        .map(({ shard }) => shard)
        .toSorted(),
    ).toEqual(refused.toSorted())
  })

  test('that goes on refusing them fails the invocation, after the others have been queued', async () => {
    await announce(table, [{ from: hour, shards: ten }])
    const { invoke, queued, log } = await start({ refuse: (job) => job.shard === '60s-abcdef-3' })
    await expect(invoke(timeOf(0))).rejects.toThrow('the queue refused 1 of 23 jobs: InternalError')
    expect(new Set(queued().map(({ shard }) => shard)).size).toBe(23)
    expect(queued()).toHaveLength(24)
    expect(log.lines).toEqual([
      'error the invocation failed: Error: the queue refused 1 of 23 jobs: InternalError',
    ])
  })
})

test('a queue that cannot be reached fails the invocation with the reason', async () => {
  await announce(table, [{ from: hour, shards: [shard('60s-abcdef-1')] }])
  const { host, port } = await refusingAddress()
  const queue = new SQSClient({
    endpoint: `http://${host}:${port}`,
    region: 'local',
    credentials: localCredentials,
    maxAttempts: 1,
  })
  const clock = manualClock(hour * 1000)
  const plans = planReader(table, clock)
  const schedule = createSchedule(
    {
      voter: voter('a'),
      plans,
      queue: sqsQueue(queue, 'https://sqs.local/jobs'),
      clock,
    },
    recordingLog(),
  )
  await expect(schedule({ time: timeOf(0) }, context)).rejects.toThrow(
    /^the queue refused 1 of 1 jobs: Error: connect ECONNREFUSED/,
  )
  queue.destroy()
})

test('deployed without its environment it says what it lacks', async () => {
  await expect((async () => handler({ time: timeOf(0) }, context))()).rejects.toThrow(
    'the environment variable UPQUORUM_VOTER is not set',
  )
})
