import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Database, localTable, startDatabase } from '../../functions/dev/database.ts'
import type { Tick } from '../../shared/check.ts'
import { applyPlan } from '../../shared/plan/apply.ts'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import { scriptedSockets } from '../fixtures/raw-sockets.ts'
import { configuration, gateway, port, runnerRig, startSeconds, voter } from './runner-rig.ts'

let database: Database
beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.close())

describe('a runner against a table', () => {
  let rig: ReturnType<typeof runnerRig>
  beforeEach(() => {
    rig = runnerRig(database.client)
  })
  afterEach(() => rig.stop())

  test('votes at each tick, by its own time, and says that it is alive', async () => {
    const [shard] = await rig.apply(port)
    rig.start()
    await rig.pass(13)
    const vote = { voter, ms: [0.5], failed: {} }
    expect(await rig.ballotsOf(shard!)).toEqual([0, 5, 10].map((after) => ({ after, ...vote })))
    expect(rig.alive).toBeGreaterThan(8)
    expect(rig.log.lines.filter(({ level }) => level !== 'info')).toEqual([])
  })

  test('tells what it is missing by abstaining', async () => {
    const [shard] = await rig.apply(gateway)
    rig.start()
    await rig.pass(3)
    expect(await rig.ballotsOf(shard!)).toMatchObject([{ after: 0, ms: [-1] }])
  })

  test('goes over to a new plan without a restart', async () => {
    const [shard] = await rig.apply(port)
    rig.start()
    await rig.pass(12)
    await rig.apply(gateway, startSeconds + 120)
    await rig.pass(120)
    const [before, after] = (await rig.table.currentPlan()).entries
    const ballots = await rig.table.ballots(shard!, startSeconds as Tick, (startSeconds + 130) as Tick, {
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
    const [shard] = await rig.apply(port)
    rig.start()
    await rig.pass(7)
    rig.isDown = true
    await rig.pass(62)
    rig.isDown = false
    await rig.pass(10)
    const seen = (await rig.ballotsOf(shard!)).map(({ after }) => after)
    // Down from 6.5 s to 68.5 s; a ballot counts for two seconds (a second's timeout, half of the grace).
    expect(seen).toEqual([0, 5, 70, 75])
    const dropped = rig.log.lines
      .filter(({ message }) => message === 'ballots were dropped: they would have come too late')
      .reduce((sum, { fields }) => sum + (fields.dropped as number), 0)
    expect(dropped).toBe(12)
    expect(rig.log.lines.map(({ message }) => message)).toContain(
      'the plan cannot be read; what is known goes on',
    )
  })

  test('a home that is down for a moment loses nothing', async () => {
    const [shard] = await rig.apply(port)
    rig.start()
    await rig.pass(5.25)
    rig.isDown = true
    await rig.pass(1)
    rig.isDown = false
    await rig.pass(6)
    expect((await rig.ballotsOf(shard!)).map(({ after }) => after)).toEqual([0, 5, 10])
  })

  test('votes on nothing that was to be probed while the machine slept', async () => {
    const [shard] = await rig.apply(port)
    rig.start()
    await rig.pass(3)
    rig.clock.advance(600_000)
    await rig.pass(10)
    const seen = (await rig.ballotsOf(shard!)).map(({ after }) => after)
    expect(seen.filter((after) => after > 5 && after < 600)).toEqual([])
    expect(seen.filter((after) => after >= 605).length).toBeGreaterThan(0)
  })

  test('stopped in mid-tick it waits for what is under way, but not for long', async () => {
    await rig.apply(port)
    const runner = rig.start({ sockets: scriptedSockets({ syn: ['never'] }).sockets })
    await rig.pass(0.75)
    let stopped = false
    const stopping = runner.stop().then(() => {
      stopped = true
    })
    await rig.pass(0.5)
    expect(stopped).toBe(false)
    await rig.pass(4)
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
