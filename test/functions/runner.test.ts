import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Database, localTable, startDatabase } from '../../functions/dev/database.ts'
import { type Runner, startRunner } from '../../functions/runtime/runner.ts'
import type { ShardId, Tick, VoterName } from '../../shared/check.ts'
import { parseConfig } from '../../shared/config/parse.ts'
import { applyPlan } from '../../shared/plan/apply.ts'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import type { Store } from '../../shared/store/store.ts'
import { manualClock } from '../fixtures/clock.ts'
import { scriptedSockets } from '../fixtures/raw-sockets.ts'
import { partitionOf } from '../line/world.ts'

let database: Database
beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.close())

const startSeconds = 1_790_002_800
const graceMs = 2000
const voter = 'lab-1' as VoterName

/** A log that keeps what it is told. */
function keepingLog() {
  const lines: { level: string; message: string; fields: Record<string, unknown> }[] = []
  const at =
    (level: string) =>
    (message: string, fields: Record<string, unknown> = {}) =>
      void lines.push({ level, message, fields })
  return { lines, info: at('info'), warn: at('warn'), error: at('error') }
}

const configuration = (checks: string) => {
  const text = `runners: { lab-1: { region: us-east-1 } }\ndefaults: { confirmations: 1, delay: 1, timeout: 1s }\nchecks:\n${checks}\n`
  const { config, errors } = parseConfig(text, 'u.yaml')
  expect(errors).toEqual([])
  return config!
}
const port = "  - { name: port, half_open: { address: '192.0.2.1:443' }, interval: 5s }"
const gateway = '  - { name: gw, icmp: { target: 192.0.2.2, count: 1 }, interval: 5s }'

describe('a runner against a table', () => {
  let table: Store
  let clock: ReturnType<typeof manualClock>
  let log: ReturnType<typeof keepingLog>
  let isDown: boolean
  let runner: Runner | undefined
  let alive: number
  beforeEach(() => {
    table = partitionOf(database.client)
    clock = manualClock(startSeconds * 1000 - 500)
    log = keepingLog()
    isDown = false
    alive = 0
  })
  afterEach(async () => {
    const stopping = runner?.stop()
    await pass(5)
    await stopping
  })

  /** The table, as long as it can be reached. */
  function reachable(): Store {
    const guarded =
      <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) =>
      (...args: Args) =>
        isDown ? Promise.reject(new Error('the home is down')) : call(...args)
    return { ...table, putBallot: guarded(table.putBallot), currentPlan: guarded(table.currentPlan) }
  }
  function start(sockets = scriptedSockets({ syn: [{ answer: 'open', rttUs: 500 }] }).sockets) {
    runner = startRunner({
      voter,
      homes: new Map([['us-east-1', reachable()]]),
      sockets,
      clock,
      log,
      graceMs,
      onAlive: () => {
        alive++
      },
    })
  }
  /** Lets time go by, in steps in which the table can answer. */
  async function pass(seconds: number) {
    for (let step = 0; step < seconds * 4; step++) {
      clock.advance(250)
      for (let turn = 0; turn < 3; turn++) await new Promise((done) => setTimeout(done, 1))
    }
  }
  async function ballotsOf(shard: ShardId) {
    const ballots = await table.ballots(shard, 0 as Tick, (startSeconds + 3600) as Tick, { consistent: true })
    return ballots.map(({ tick, voter, ms, failed }) => ({ after: tick - startSeconds, voter, ms, failed }))
  }
  async function apply(checks: string, fromSeconds = startSeconds - 60) {
    const applied = await applyPlan(table, configuration(checks), fromSeconds as Tick, clock.now() / 1000)
    return applied.plan.shards.map(({ shard }) => shard)
  }

  test('votes at each tick, by its own time, and says that it is alive', async () => {
    const [shard] = await apply(port)
    start()
    await pass(13)
    const vote = { voter, ms: [0.5], failed: {} }
    expect(await ballotsOf(shard!)).toEqual([0, 5, 10].map((after) => ({ after, ...vote })))
    expect(alive).toBeGreaterThan(8)
    expect(log.lines.filter(({ level }) => level !== 'info')).toEqual([])
  })

  test('tells what it is missing by abstaining', async () => {
    const [shard] = await apply(gateway)
    start()
    await pass(3)
    expect(await ballotsOf(shard!)).toMatchObject([{ after: 0, ms: [-1] }])
  })

  test('goes over to a new plan without a restart', async () => {
    const [shard] = await apply(port)
    start()
    await pass(12)
    await apply(gateway, startSeconds + 120)
    await pass(120)
    const [before, after] = (await table.currentPlan()).entries
    const ballots = await table.ballots(shard!, startSeconds as Tick, (startSeconds + 130) as Tick, {
      consistent: true,
    })
    expect(ballots.map(({ tick, plan }) => [tick - startSeconds, plan])).toEqual(
      Array.from({ length: 27 }, (_, index) => index * 5).map((seconds) => [
        seconds,
        seconds < 120 ? before!.version : after!.version,
      ]),
    )
  })

  test('a home that is down for a minute: what is still fresh when it is back counts, nothing else is sent', async () => {
    const [shard] = await apply(port)
    start()
    await pass(7)
    isDown = true
    await pass(62)
    isDown = false
    await pass(10)
    const seen = (await ballotsOf(shard!)).map(({ after }) => after)
    // Down from 6.5 s to 68.5 s; a ballot counts for two seconds (a second's timeout, half of the grace).
    expect(seen).toEqual([0, 5, 70, 75])
    const dropped = log.lines
      .filter(({ message }) => message === 'ballots were dropped: they would have come too late')
      .reduce((sum, { fields }) => sum + (fields.dropped as number), 0)
    expect(dropped).toBe(12)
    expect(log.lines.map(({ message }) => message)).toContain(
      'the plan cannot be read; what is known goes on',
    )
  })

  test('a home that is down for a moment loses nothing', async () => {
    const [shard] = await apply(port)
    start()
    await pass(5.25)
    isDown = true
    await pass(1)
    isDown = false
    await pass(6)
    expect((await ballotsOf(shard!)).map(({ after }) => after)).toEqual([0, 5, 10])
  })

  test('votes on nothing that was to be probed while the machine slept', async () => {
    const [shard] = await apply(port)
    start()
    await pass(3)
    clock.advance(600_000)
    await pass(10)
    const seen = (await ballotsOf(shard!)).map(({ after }) => after)
    expect(seen.filter((after) => after > 5 && after < 600)).toEqual([])
    expect(seen.filter((after) => after >= 605).length).toBeGreaterThan(0)
  })

  test('stopped in mid-tick it waits for what is under way, but not for long', async () => {
    await apply(port)
    start(scriptedSockets({ syn: ['never'] }).sockets)
    await pass(0.75)
    let stopped = false
    const stopping = runner!.stop().then(() => {
      stopped = true
    })
    await pass(0.5)
    expect(stopped).toBe(false)
    await pass(4)
    expect(stopped).toBe(true)
    await stopping
  })
})

describe('the process', () => {
  const environment = (address: string) => ({
    PATH: process.env.PATH,
    UPQUORUM_VOTER: 'lab-1',
    UPQUORUM_TABLE: localTable,
    UPQUORUM_HOMES: 'us-east-1',
    AWS_ENDPOINT_URL: address,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  })

  test('votes, and ends within five seconds of SIGTERM', async () => {
    const store = dynamoStore(database.client, localTable)
    const nowSeconds = Math.floor(Date.now() / 1000)
    const checks = "  - { name: own, tcp: { address: '127.0.0.1:1' }, interval: 1s, allow_private: true }"
    const { plan } = await applyPlan(store, configuration(checks), nowSeconds as Tick, nowSeconds)
    const child = spawn(process.execPath, [resolve('functions/runner.ts')], {
      env: environment(database.url),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      const [shard] = plan.shards
      const ballots = () =>
        store.ballots(shard!.shard, nowSeconds as Tick, (nowSeconds + 60) as Tick, { consistent: true })
      await expect.poll(async () => (await ballots()).length, { timeout: 20_000 }).toBeGreaterThan(1)
      expect((await ballots())[0]).toMatchObject({ voter, ms: [-2], failed: { own: { reason: 'refused' } } })
    } finally {
      const exit = once(child, 'exit')
      const askedMs = Date.now()
      child.kill('SIGTERM')
      expect(await exit).toEqual([0, null])
      expect(Date.now() - askedMs).toBeLessThan(5000)
    }
  })

  test('without its environment it ends with an error', async () => {
    const child = spawn(process.execPath, [resolve('functions/runner.ts')], {
      env: { PATH: process.env.PATH },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text) => {
      said += text
    })
    expect(await once(child, 'close')).toEqual([1, null])
    expect(said).toContain('the environment lacks UPQUORUM_VOTER')
  })
})
