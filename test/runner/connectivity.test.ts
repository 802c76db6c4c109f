import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { remedyFor, watchConnectivity } from '../../functions/runner/connectivity.ts'
import type { VoterName } from '../../shared/check.ts'
import type { Store } from '../../shared/store/store.ts'
import { manualClock } from '../fixtures/clock.ts'
import { memoryTable } from '../fixtures/memory-table.ts'
import { runnerRig, startSeconds, turns } from './rig.ts'

let rig: ReturnType<typeof runnerRig>
beforeEach(() => {
  rig = runnerRig(memoryTable(), turns)
})
afterEach(() => rig.stop())

const every = (interval: string) =>
  `  - { name: port, half_open: { address: '192.0.2.1:443' }, interval: ${interval} }`
const minute = every('1m')

describe('a runner proves that it votes', () => {
  test('by its first ballot, not by having started', async () => {
    await rig.apply(minute)
    rig.start()
    await rig.pass(0.25)
    expect(rig.proofs).toEqual([])
    await rig.pass(1)
    expect(rig.proofs).toEqual(['voted'])
    await rig.pass(61, 500)
    expect(rig.proofs).toEqual(['voted'])
  })

  test('under a plan that is to hold in four minutes, only then', async () => {
    await rig.apply(minute, startSeconds + 240)
    rig.start()
    await rig.pass(239, 1000)
    expect([rig.proofs, rig.alive > 200]).toEqual([[], true])
    await rig.pass(3)
    expect(rig.proofs).toEqual(['voted'])
  })

  test('by a ballot that another machine has written as the same voter', async () => {
    const [shard] = await rig.apply(minute)
    const twin = { voter: 'lab-1' as VoterName, tick: startSeconds, plan: 'x', ms: [1], failed: {} }
    await rig.table.putBallot(shard!, twin as never, { late: false, expires: startSeconds + 60 })
    rig.start()
    await rig.pass(2)
    expect(rig.proofs).toEqual(['voted'])
    expect(await rig.ballotsOf(shard!)).toMatchObject([{ after: 0, ms: [1] }])
  })

  test('by a ballot that had to wait for its home', async () => {
    await rig.apply(minute)
    rig.start()
    await rig.pass(0.25)
    rig.isDown = true
    await rig.pass(0.75)
    expect(rig.proofs).toEqual([])
    rig.isDown = false
    await rig.pass(1)
    expect(rig.proofs).toEqual(['voted'])
  })

  test.each([
    ['when there is no plan yet', undefined],
    ['when its next tick is an hour away', every('1h')],
  ])('by reading the plan, %s', async (_, checks) => {
    rig.clock.advance(1000)
    if (checks !== undefined) await rig.apply(checks)
    rig.start()
    await rig.pass(0.5)
    expect(rig.proofs).toEqual(['idle'])
  })

  test('not at all while the plan cannot be read', async () => {
    rig.isDown = true
    rig.start()
    await rig.pass(30, 500)
    expect([rig.proofs, rig.alive > 20]).toEqual([[], true])
    rig.isDown = false
    await rig.pass(2)
    expect(rig.proofs).toEqual(['idle'])
  })

  test('and says after three seconds that it waits, when no home answers at all', async () => {
    const waits = () =>
      rig.log.lines.filter(({ message }) => message === 'no home has answered yet; still waiting')
    rig.start({
      homes: new Map([['us-east-1', { ...rig.table, currentPlan: () => new Promise<never>(() => {}) }]]),
    })
    await rig.pass(2.5)
    expect(waits()).toEqual([])
    await rig.pass(30)
    expect(waits()).toEqual([
      { level: 'warn', message: expect.any(String), fields: { homes: ['us-east-1'] } },
    ])
  })

  test('and waits for nothing when a home has answered', async () => {
    await rig.apply(minute)
    rig.start()
    await rig.pass(5)
    expect(rig.log.lines.filter(({ level }) => level === 'warn')).toEqual([])
  })

  test('not by what it did not get rid of, however far away the next tick is', async () => {
    await rig.apply(every('1h'))
    rig.start()
    await rig.pass(0.25)
    rig.isDown = true
    await rig.pass(60, 500)
    expect(rig.proofs).toEqual([])
  })
})

describe('a runner that reaches no home', () => {
  test('says so after ten minutes, once, and again when it happens again', async () => {
    await rig.apply(minute)
    rig.start()
    await rig.pass(2)
    rig.isDown = true
    await rig.pass(660, 2000)
    expect(rig.unheard).toEqual([])
    // The first failed ballot is that of 00:01.
    await rig.pass(120, 2000)
    expect(rig.unheard).toEqual([[expect.closeTo(690, -2), true]])
    rig.isDown = false
    await rig.pass(62, 2000)
    rig.isDown = true
    await rig.pass(720, 2000)
    expect(rig.unheard).toHaveLength(2)
  })

  test('knows that nobody has heard it since it began', async () => {
    rig.isDown = true
    rig.start()
    await rig.pass(590, 2000)
    expect(rig.unheard).toEqual([])
    await rig.pass(12, 2000)
    expect(rig.unheard).toEqual([[expect.closeTo(600, -1), false]])
  })

  test('is not judged by a single ballot', async () => {
    await rig.apply(every('1h'))
    rig.start()
    await rig.pass(0.25)
    rig.isDown = true
    await rig.pass(3590, 5000)
    expect(rig.unheard).toEqual([])
    await rig.pass(15)
    expect(rig.unheard).toEqual([[expect.closeTo(3600, -1), false]])
  })

  test('is content when it has nothing to say', async () => {
    rig.start()
    await rig.pass(1)
    rig.isDown = true
    await rig.pass(700, 2000)
    expect(rig.unheard).toEqual([])
  })

  test('is heard as long as one of its homes takes its ballots', async () => {
    await rig.apply(minute)
    const gone = {
      ...rig.table,
      putBallot: () => Promise.reject(new Error('this home is gone')),
    } satisfies Store
    rig.start({
      homes: new Map<string, Store>([
        ['us-east-1', rig.reachable()],
        ['eu-west-1', gone],
      ]),
    })
    await rig.pass(700, 2000)
    expect(rig.unheard).toEqual([])
    expect(rig.proofs).toEqual(['voted'])
  })
})

test('a machine whose clock is set after it has booted has not been silent since 1970', () => {
  const clock = manualClock(0)
  const told: boolean[] = []
  let isSet = false
  const connectivity = watchConnectivity(
    { ...clock, now: () => (isSet ? 1_790_000_000_000 : 0) },
    (wasHeard) => told.push(wasHeard),
  )
  connectivity.unheard()
  isSet = true
  connectivity.unheard()
  expect(told).toEqual([])
})

test.each([
  ['was heard, on an old machine', true, 3_600_000, 'restart'],
  ['was heard, on a new machine', true, 60_000, 'restart'],
  ['was never heard, on a machine that has just booted', false, 11 * 60_000, 'restart'],
  ['was never heard, nor the process before it', false, 30 * 60_000, 'replace'],
])('what helps a process that %s', (_, wasHeard, machineUpMs, remedy) => {
  expect(remedyFor(wasHeard, machineUpMs)).toBe(remedy)
})

test('an outage of any length costs no more than one machine every half hour', () => {
  // Each process gives up ten minutes after its start, and the next one starts at once.
  let machineUpMs = 0
  let replaced = 0
  for (let minutes = 10; minutes <= 600; minutes += 10) {
    machineUpMs += 10 * 60_000
    if (remedyFor(false, machineUpMs) === 'restart') continue
    replaced++
    machineUpMs = 0
  }
  expect(replaced).toBe(20)
})
