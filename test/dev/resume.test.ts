import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, startDatabase } from '../../functions/dev/cloud/database.ts'
import { recordLines } from '../../functions/dev/cloud/recorder.ts'
import { freeLeases, resume } from '../../functions/dev/cloud/resume.ts'
import { evaluate } from '../../shared/evaluation/evaluate.ts'
import { monitorShard } from '../../shared/evaluation/monitor/health.ts'
import { sweep } from '../../shared/evaluation/sweep.ts'
import { planReader } from '../../shared/plan/reader.ts'
import type { Line } from '../../shared/replay/lines.ts'
import { checkOf } from '../alerts/delivery.ts'
import { manualClock } from '../fixtures/clock.ts'
import { announce, graceMs, hour, shardPlan, vote } from '../fixtures/home.ts'
import { check, shardId } from '../fixtures/words.ts'
import { partitionOf } from '../line/world.ts'

let database: Database
beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.close())

const id = shardId('60s-abcdef-1')
const voters = ['a', 'b']

/** A folder in which a run decided some ticks, one per minute, and ended right after the last one. */
async function afterRun(...ticks: readonly string[]) {
  const store = partitionOf(database.client)
  const clock = manualClock(hour * 1000)
  const shard = shardPlan('p1', id, voters, [checkOf('web', { ops: 'all' })])
  await announce(store, [{ from: hour, shards: [shard], operators: 'ops' }])
  const plans = planReader(store, clock)
  const published: string[] = []
  const lines: Line[] = []
  const warnings: string[] = []
  const context = {
    store,
    plans,
    clock,
    graceMs,
    publish: async (_: string, { subject }: { subject: string }) => void published.push(subject),
  }
  for (const [index, letters] of ticks.entries()) {
    const tick = hour + index * 60
    clock.advance((tick + 1) * 1000 - clock.now())
    await vote(store, shard, tick, Object.fromEntries(voters.map((name) => [name, letters])))
    await evaluate(id, context)
  }
  return {
    store,
    clock,
    context,
    published,
    warnings,
    shard,
    /** What the next run shows when it starts now. */
    async resume() {
      const recorder = recordLines(store, plans, (line) => lines.push(line))
      await freeLeases(context)
      await resume(context, { ...recorder, warn: (message) => warnings.push(message) })
    },
    transitions: () =>
      lines.flatMap((line) => (line.type === 'transition' ? [`${line.check} ${line.from}→${line.to}`] : [])),
    state: async () => (await store.state(id, { consistent: true }))!,
  }
}

test('a transition that was committed and not delivered when the last run ended is told and delivered', async () => {
  const run = await afterRun('o', 'x')
  await run.resume()
  expect(run.transitions()).toEqual(['web pending→online', 'web online→offline'])
  expect(run.published).toEqual(['web is OFFLINE since it was added: refused (2 of 2 voters)'])
  await run.resume()
  expect(run.transitions()).toHaveLength(2)
  expect(run.published).toHaveLength(1)
})

test('ballots that nobody decided on any more are decided first', async () => {
  const run = await afterRun('o')
  run.clock.advance(60_000)
  await vote(run.store, run.shard, hour + 60, { a: 'x', b: 'x' })
  run.clock.advance(3_600_000)
  await run.resume()
  expect(run.transitions()).toEqual(['web pending→online', 'web online→offline'])
  expect(await run.store.status(check('web'))).toMatchObject({ to: 'offline', tick: hour + 60 })
})

test('a lease that the last run died with is no reason to wait', async () => {
  const run = await afterRun('x')
  const sent = await run.store.sent(id)
  await run.store.putSent({ ...sent, leaseUntilMs: run.clock.now() + 60_000 })
  await run.resume()
  expect(run.published).toHaveLength(1)
})

test.for([
  ['an hour', 3_600_000],
  ['three days', 3 * 86_400_000],
] as const)(
  '%s without ticks is nobody’s fault: no status changes, nobody is called silent or blind',
  async ([_, gapMs]) => {
    const run = await afterRun('x', 'x')
    await run.resume()
    run.published.length = 0
    run.clock.advance(gapMs)
    await run.resume()
    const state = await run.state()
    expect(state.tick).toBe(Math.floor(run.clock.now() / 60_000) * 60)
    expect(state.rows.get(check('web'))).toMatchObject({ status: 'offline', blind: 0, offline: 0 })
    await sweep(run.context)
    run.clock.advance(60_000)
    await sweep(run.context)
    expect(run.published).toEqual([])
    expect(await run.store.state(monitorShard, { consistent: true })).toBeUndefined()
    expect(run.warnings).toEqual([])
  },
)

test('a clock that was set back is told of', async () => {
  const run = await afterRun('o', 'o')
  run.clock.advance(-3_600_000)
  await run.resume()
  expect(run.warnings).toEqual([
    "this machine's clock was set back: nothing is decided before 2026-09-21T15:01:00Z",
  ])
  expect(await run.state()).toMatchObject({ tick: hour + 60 })
})
