import type { SQSRecord } from 'aws-lambda'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { type Database, startDatabase } from '../../functions/dev/cloud/database.ts'
import { createProbe } from '../../functions/probe.ts'
import { longestCallMs } from '../../functions/runtime/aws-client.ts'
import { systemClock } from '../../functions/runtime/clock.ts'
import { tickAtOrBefore } from '../../shared/check.ts'
import { evaluate } from '../../shared/evaluation/evaluate.ts'
import { createResolver } from '../../shared/network/resolve.ts'
import type { PlannedCheck, ShardPlan } from '../../shared/plan/plan.ts'
import { planReader } from '../../shared/plan/reader.ts'
import type { Job } from '../../shared/plan/schedule.ts'
import { createSecrets } from '../../shared/secrets/resolve.ts'
import type { Store } from '../../shared/store/store.ts'
import { announce, planned, shardPlan } from '../fixtures/home.ts'
import { banner, listen, refusingAddress } from '../fixtures/servers.ts'
import { shardId, voter } from '../fixtures/words.ts'
import { partitionOf } from '../line/world.ts'
import { judged } from '../quorum/shards.ts'
import { context, recordingLog, sqsRecord } from './events.ts'

let database: Database
beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.close())

/** The wall clock can be set; the timers are real. */
function adjustableClock(startMs: number) {
  let nowMs = startMs
  return {
    ...systemClock,
    now: () => nowMs,
    set(ms: number) {
      nowMs = ms
    },
  }
}

const graceMs = 1_000
const timeoutMs = 1_000
const tick = tickAtOrBefore(1_790_002_800, 60)

let table: Store
let clock: ReturnType<typeof adjustableClock>
let log: ReturnType<typeof recordingLog>
beforeEach(() => {
  table = partitionOf(database.client)
  clock = adjustableClock(tick * 1000 + 5)
  log = recordingLog()
})

/** A TCP check of a server, with optional `send` and `expect`. */
function tcp(
  name: string,
  { host, port }: { host: string; port: number },
  options: { send?: string; expect?: string; timeoutMs?: number } = {},
): PlannedCheck {
  const { send, expect } = options
  return {
    ...planned(judged(name, { confirmations: 1, delay: { down: 1, up: 1 } })),
    kind: 'tcp',
    target: {
      host,
      port,
      ...(send === undefined ? {} : { send: { form: 'line', text: send } }),
      ...(expect === undefined ? {} : { expect: { form: 'contains', text: expect } }),
    },
    timeoutMs: options.timeoutMs ?? timeoutMs,
    allowPrivate: true,
  }
}

async function planOf(checks: readonly PlannedCheck[], ids = ['60s-abcdef-1'], plan = 'p1') {
  const shards = ids.map((id): ShardPlan => shardPlan(plan, shardId(id), ['a', 'b'], checks))
  await announce(table, [{ from: tick - 3600, shards }])
  return shards
}

const probeInto = (
  homes: Readonly<Record<string, Store>>,
  secret: (text: string) => Promise<string> = async (text) => text,
) =>
  createProbe(
    {
      voter: voter('a'),
      plans: planReader(table, clock),
      homes: new Map(Object.entries(homes)),
      clock,
      graceMs,
      createResolver: () => createResolver(),
      secret,
      privateAllowed: true,
      random: () => 0,
    },
    log,
  )

const record = (job: Partial<Job>) => sqsRecord(JSON.stringify(job))
const ballotsOf = (store: Store, id: string) => store.ballots(shardId(id), tick, tick, { consistent: true })

/** A table that cannot be reached. */
const brokenTable = new Proxy({} as Store, {
  get: () => async () => {
    throw new Error('connect ECONNREFUSED')
  },
})

describe('a job', () => {
  test('becomes one ballot, in the order of the plan', async () => {
    const up = await listen(banner('hello'))
    const down = await refusingAddress()
    await planOf([tcp('up', up), tcp('down', down)])
    const { batchItemFailures } = await probeInto({ here: table })(
      { Records: [record({ shard: shardId('60s-abcdef-1'), tick })] },
      context,
    )
    expect(batchItemFailures).toEqual([])
    const [ballot] = await ballotsOf(table, '60s-abcdef-1')
    expect(ballot).toMatchObject({ voter: 'a', tick, plan: 'p1', ms: [expect.any(Number), -2] })
    expect(ballot!.ms[0]).toBeGreaterThanOrEqual(0)
    expect(ballot!.failed).toEqual({
      down: { reason: 'refused', detail: expect.stringContaining('refused') },
    })
    expect(log.lines).toEqual([])
  })

  test('that comes twice is one ballot, the first', async () => {
    const server = await listen(banner('hello'))
    await planOf([tcp('web', server)])
    const probe = probeInto({ here: table })
    const job = { shard: shardId('60s-abcdef-1'), tick }
    await probe({ Records: [record(job)] }, context)
    const before = await ballotsOf(table, '60s-abcdef-1')
    await server.close()
    const again = await probe({ Records: [record(job), record(job)] }, context)
    expect(again.batchItemFailures).toEqual([])
    expect(await ballotsOf(table, '60s-abcdef-1')).toEqual(before)
  })

  test('that nobody can read fails alone', async () => {
    const server = await listen(banner('hello'))
    await planOf([tcp('web', server)], ['60s-abcdef-1', '60s-abcdef-2'])
    const records = [
      record({ shard: shardId('60s-abcdef-1'), tick }),
      sqsRecord('{"shard":'),
      sqsRecord('null'),
      record({ shard: shardId('60s-abcdef-2'), tick }),
    ]
    const { batchItemFailures } = await probeInto({ here: table })({ Records: records }, context)
    expect(batchItemFailures).toEqual([
      { itemIdentifier: records[1]!.messageId },
      { itemIdentifier: records[2]!.messageId },
    ])
    for (const id of ['60s-abcdef-1', '60s-abcdef-2']) expect(await ballotsOf(table, id)).toHaveLength(1)
    expect(log.lines).toHaveLength(2)
    expect(log.lines[0]).toMatch(/^error a record failed and will be retried: SyntaxError: /)
  })

  test.for([
    ['of a shard that no plan has', { shard: shardId('60s-other-1'), tick }],
    ['from before any plan', { shard: shardId('60s-abcdef-1'), tick: tickAtOrBefore(tick - 7200, 60) }],
    ['without anything in it', {}],
  ] as const)('%s is dropped, not sent again', async ([_, job]) => {
    await planOf([planned('web')])
    const { batchItemFailures } = await probeInto({ here: table })({ Records: [record(job)] }, context)
    expect(batchItemFailures).toEqual([])
    expect(log.lines).toEqual([
      'warn a job was dropped: the plan of its tick has no such shard for this voter',
    ])
  })
})

describe('a job that comes late', () => {
  const late = 'a tick was missed: its ballot came too late to count'
  const again = (record: SQSRecord): SQSRecord => ({
    ...record,
    attributes: { ...record.attributes, ApproximateReceiveCount: '2' },
  })

  test('after the next tick began, is dropped without a probe', async () => {
    const server = await listen(banner('hello'))
    await planOf([tcp('web', server)])
    clock.set((tick + 60) * 1000 + 1)
    const probe = probeInto({ here: table })
    const job = record({ shard: shardId('60s-abcdef-1'), tick })
    // A missed tick is reported once as a function error; on its second delivery the job is dropped.
    const missed = 'a tick was missed: the next one began before it was probed'
    await expect(probe({ Records: [job] }, context)).rejects.toThrow(`${missed} (60s-abcdef-1 ${tick})`)
    expect(await probe({ Records: [again(job)] }, context)).toEqual({ batchItemFailures: [] })
    expect(server.accepted()).toBe(0)
    expect(await ballotsOf(table, '60s-abcdef-1')).toEqual([])
    expect(log.lines).toEqual([
      `error the invocation failed: Error: ${missed} (60s-abcdef-1 ${tick})`,
      `warn ${missed}`,
    ])
  })

  test('is in time until the next tick begins, to the millisecond', async () => {
    const server = await listen(banner('hello'))
    await planOf([tcp('web', server)])
    clock.set((tick + 60) * 1000)
    const probe = probeInto({ here: table })
    const job = record({ shard: shardId('60s-abcdef-1'), tick })
    // Its ballot is too late to count, which is reported like a tick that was not probed.
    await expect(probe({ Records: [job] }, context)).rejects.toThrow(`${late} (60s-abcdef-1 ${tick})`)
    expect(await probe({ Records: [again(job)] }, context)).toEqual({ batchItemFailures: [] })
    expect(log.lines).toEqual([
      `error the invocation failed: Error: ${late} (60s-abcdef-1 ${tick})`,
      `warn ${late}`,
    ])
  })

  test('and can be written only later than half of the grace before the deadline, is history and never counts', async () => {
    const server = await listen((socket) => {
      // The time runs out while the target is being probed.
      clock.set(tick * 1000 + timeoutMs + graceMs / 2 + 1)
      socket.write('hello')
    })
    const check = tcp('web', server, { expect: 'hello' })
    const [shard] = await planOf([check])
    const job = record({ shard: shard!.shard, tick })
    await expect(probeInto({ here: table })({ Records: [job] }, context)).rejects.toThrow(late)
    expect(await ballotsOf(table, shard!.shard)).toEqual([])

    clock.set((tick + 30) * 1000)
    const settling = { store: table, plans: planReader(table, clock), clock, graceMs }
    const state = await evaluate(shard!.shard, settling)
    expect(state!.rows.get(check.name)).toMatchObject({ status: 'pending', online: 0 })
  })
})

describe('two homes of which one is down', () => {
  test('the other has the ballot, the job is sent again, and then the first has it too', async () => {
    const server = await listen(banner('hello'))
    await planOf([tcp('web', server)])
    const there = partitionOf(database.client)
    const job = record({ shard: shardId('60s-abcdef-1'), tick })
    const first = probeInto({ 'us-east-1': table, 'eu-west-1': brokenTable })({ Records: [job] }, context)
    await expect(first).rejects.toThrow('did not reach eu-west-1')
    expect(await ballotsOf(table, '60s-abcdef-1')).toHaveLength(1)
    expect(log.lines).toEqual([
      'error the invocation failed: AggregateError: the ballot 60s-abcdef-1 1790002800 did not reach ' +
        'eu-west-1: Error: connect ECONNREFUSED',
    ])

    const again = await probeInto({ 'us-east-1': table, 'eu-west-1': there })({ Records: [job] }, context)
    expect(again.batchItemFailures).toEqual([])
    expect(await ballotsOf(there, '60s-abcdef-1')).toHaveLength(1)
    expect(await ballotsOf(table, '60s-abcdef-1')).toHaveLength(1)
  })
})

test('a voter whose own time runs out abstains from what it could not finish', async () => {
  const silent = await listen(() => {})
  const server = await listen(banner('hello'))
  await planOf([tcp('silent', silent, { expect: 'hello', timeoutMs: 20_000 }), tcp('web', server)])
  // Lambda ends the invocation half a second after the longest time that a write may take.
  const invocation = { ...context, getRemainingTimeInMillis: () => longestCallMs + 500 }
  const job = record({ shard: shardId('60s-abcdef-1'), tick })
  const { batchItemFailures } = await probeInto({ here: table })({ Records: [job] }, invocation)
  expect(batchItemFailures).toEqual([])
  const [ballot] = await ballotsOf(table, '60s-abcdef-1')
  expect(ballot).toMatchObject({ ms: [-1, expect.any(Number)] })
  expect(ballot!.ms[1]).toBeGreaterThan(0)
})

test('a store of secrets that never answers costs the vote that needs it, and no other', async () => {
  const server = await listen(banner('hello'))
  const silent = await listen(() => {})
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test')
  onTestFinished(() => void vi.unstubAllEnvs())
  const secret = createSecrets({
    clock,
    region: 'local',
    endpoint: `http://${silent.address}`,
    attemptMs: 100,
  })
  const plain = tcp('plain', server)
  const secretive = tcp('secretive', server, { send: 'ssm:/token' })
  await planOf([secretive, plain])
  const job = record({ shard: shardId('60s-abcdef-1'), tick })
  expect(await probeInto({ here: table }, secret)({ Records: [job] }, context)).toEqual({
    batchItemFailures: [],
  })
  const [ballot] = await ballotsOf(table, '60s-abcdef-1')
  expect(ballot).toMatchObject({ ms: [-1, expect.any(Number)] })
  expect(ballot!.ms[1]).toBeGreaterThanOrEqual(0)
  expect(silent.accepted()).toBeGreaterThan(0)
})

test('an answer that never comes is told as offline while there is time, with the others', async () => {
  const silent = await listen(() => {})
  const server = await listen(banner('hello'))
  await planOf([tcp('silent', silent, { expect: 'hello', timeoutMs: 200 }), tcp('web', server)])
  await probeInto({ here: table })({ Records: [record({ shard: shardId('60s-abcdef-1'), tick })] }, context)
  const [ballot] = await ballotsOf(table, '60s-abcdef-1')
  expect(ballot).toMatchObject({ ms: [-2, expect.any(Number)], failed: { silent: { reason: 'timeout' } } })
})
