import { expect, test } from 'vitest'
import type { Tick, VoterName } from '../../shared/check.ts'
import { parseConfig } from '../../shared/config/parse.ts'
import { evaluate } from '../../shared/evaluation/evaluate.ts'
import { createResolver } from '../../shared/network/resolve.ts'
import { applyPlan } from '../../shared/plan/apply.ts'
import { planReader } from '../../shared/plan/reader.ts'
import { castBallot, jitterMs } from '../../shared/probing/cast.ts'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import type { Store } from '../../shared/store/store.ts'
import { manualClock } from '../fixtures/clock.ts'
import { memoryTable } from '../fixtures/memory-table.ts'
import { scriptedSockets } from '../fixtures/raw-sockets.ts'

test.each([
  ['a tenth of the grace', 2_000, 200],
  ['half a second where that is all that a Lambda should wait', 20_000, 500],
])('checks begin within %s', (_, graceMs, expected) => {
  expect(jitterMs(graceMs)).toBe(expected)
})

const tick = 1_790_002_800 as Tick
const graceMs = 2_000

/** A home with a plan of one check, whose only voter finds the port closed; the test sets how long writes take. */
async function slowHome() {
  const clock = manualClock(tick * 1000)
  const store = dynamoStore(memoryTable(), 'upquorum')
  const { config } = parseConfig(
    `runners: { lab-1: { region: us-east-1 } }
checks: [{ name: port, half_open: { address: '192.0.2.1:443' }, interval: 1m, timeout: 1s, confirmations: 1, delay: 1 }]`,
    'u.yaml',
  )
  const { plan } = await applyPlan(store, config!, tick, tick)
  const { shard } = plan.shards[0]!
  const landing = Promise.withResolvers<void>()
  const asked: { readonly late: boolean; readonly atMs: number }[] = []
  const slow: Store = {
    ...store,
    async putBallot(id, ballot, options) {
      asked.push({ late: options.late, atMs: clock.now() - tick * 1000 })
      await landing.promise
      return store.putBallot(id, ballot, options)
    },
  }
  const plans = planReader(store, clock)
  const { sockets } = scriptedSockets({ syn: [{ answer: 'closed', rttUs: 500 }] })
  return {
    clock,
    asked,
    land: landing.resolve,
    cast: () =>
      castBallot(
        { shard, tick },
        {
          voter: 'lab-1' as VoterName,
          plans,
          homes: new Map([['us-east-1', slow]]),
          clock,
          graceMs,
          createResolver: () => createResolver(),
          secret: async (text) => text,
          privateAllowed: false,
          raw: sockets,
        },
      ),
    settle: () => evaluate(shard, { store, plans, clock, graceMs }),
    ballots: () => store.ballots(shard, tick, tick, { consistent: true }),
    async pass(ms: number) {
      for (let passed = 0; passed < ms; passed += 50) {
        clock.advance(50)
        for (let turn = 0; turn < 5; turn++) await new Promise((done) => setImmediate(done))
      }
    },
  }
}

test('a ballot whose write began in time and lands before the deadline counts', async () => {
  const home = await slowHome()
  const casting = home.cast()
  await home.pass(2_900)
  home.land()
  expect(await casting).toBe('cast')
  expect((await home.settle())!.outbox).toMatchObject([{ check: 'port', to: 'offline' }])
})

test('one that lands after its tick has been decided is kept and changes nothing', async () => {
  const home = await slowHome()
  const casting = home.cast()
  await home.pass(3_000)
  const decided = await home.settle()
  expect(decided).toMatchObject({ tick, outbox: [] })
  home.land()
  expect(await casting).toBe('cast')
  expect(home.asked).toEqual([{ late: false, atMs: expect.any(Number) }])
  expect(home.asked[0]!.atMs).toBeLessThan(2_000)
  expect(await home.ballots()).toMatchObject([{ tick, ms: [-2] }])
  expect(await home.settle()).toEqual(decided)
  await home.pass(60_000)
  expect((await home.settle())!.outbox).toEqual([])
})
