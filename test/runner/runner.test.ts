import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Database, startDatabase } from '../../functions/dev/cloud/database.ts'
import type { Tick } from '../../shared/check.ts'
import { gateway, port, runnerRig, startSeconds, voter } from './rig.ts'

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
    // Down from 6.5 s to 68.5 s; a ballot counts for two seconds (the timeout of 1 s plus half of the grace).
    expect(seen).toEqual([0, 5, 70, 75])
    const dropped = rig.log.lines
      .filter(({ message }) => message === 'ballots were dropped: they would have arrived too late')
      .reduce((sum, { fields }) => sum + (fields.dropped as number), 0)
    expect(dropped).toBe(12)
    expect(rig.log.lines.map(({ message }) => message)).toContain(
      'the plan cannot be read; the last known plan stays in use',
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
})
