import { afterEach, beforeEach, expect, test } from 'vitest'
import { memoryTable } from '../fixtures/memory-table.ts'
import { scriptedSockets } from '../fixtures/raw-sockets.ts'
import { gateway, port, runnerRig, startSeconds, turns, voter } from './rig.ts'

// What a runner does with unfinished work when it is stopped.

let rig: ReturnType<typeof runnerRig>
beforeEach(() => {
  rig = runnerRig(memoryTable(), turns)
})
afterEach(() => rig.stop())

const slow = (check: string) => check.replace('interval: 5s', 'interval: 5s, timeout: 4s')
const hanging = () => scriptedSockets({ syn: ['never'], echo: [{ answer: 'echo', rttUs: 700 }] }).sockets
const open = { answer: 'open', rttUs: 500 } as const

test('in mid-tick it writes what it knows, and abstains from the rest', async () => {
  const [shard] = await rig.apply(`${slow(gateway)}\n${slow(port)}`)
  const runner = rig.start({ sockets: hanging() })
  await rig.pass(0.75)
  expect(await rig.ballotsOf(shard!)).toEqual([])
  const stopping = runner.stop()
  await rig.pass(3)
  await stopping
  expect(await rig.ballotsOf(shard!)).toEqual([
    { after: 0, voter, ms: [0.7, -1], failed: { port: { reason: 'abstain', detail: 'not probed in time' } } },
  ])
  expect(rig.log.lines.filter(({ level }) => level === 'error')).toEqual([])
})

test('a check that has begun may end by itself', async () => {
  const [shard] = await rig.apply(slow(port))
  const answer = Promise.withResolvers<typeof open>()
  const sockets = { ...hanging(), shake: () => answer.promise }
  const runner = rig.start({ sockets })
  await rig.pass(0.75)
  const stopping = runner.stop()
  await rig.pass(2)
  expect(await rig.ballotsOf(shard!)).toEqual([])
  answer.resolve(open)
  await stopping
  expect(await rig.ballotsOf(shard!)).toEqual([{ after: 0, voter, ms: [0.5], failed: {} }])
})

test('it leaves a tick of which it knows nothing to the machine that replaces it', async () => {
  const [shard] = await rig.apply(slow(port))
  const former = rig.start({ sockets: hanging() })
  const answer = Promise.withResolvers<typeof open>()
  rig.start({ sockets: { ...hanging(), shake: () => answer.promise } })
  await rig.pass(0.75)
  const stopping = former.stop()
  await rig.pass(3)
  await stopping
  expect(await rig.ballotsOf(shard!)).toEqual([])
  expect(rig.log.lines.filter(({ level }) => level !== 'info')).toEqual([
    {
      level: 'warn',
      message: 'a tick was left to others: this voter was stopped before it had any result',
      fields: { shard, tick: startSeconds },
    },
  ])
  answer.resolve(open)
  await rig.pass(0.25)
  expect(await rig.ballotsOf(shard!)).toEqual([{ after: 0, voter, ms: [0.5], failed: {} }])
})

test('with ballots that wait it tries once more', async () => {
  const [shard] = await rig.apply(port)
  const runner = rig.start()
  rig.isDown = true
  await rig.pass(1, 50)
  rig.isDown = false
  await runner.stop()
  expect((await rig.ballotsOf(shard!)).map(({ after }) => after)).toEqual([0])
})

test.each([
  [
    'refuses them',
    () => Promise.reject(new Error('the home is down')),
    ['ballots were dropped: the runner stopped before their home accepted them', { dropped: 1 }],
  ],
  [
    'hangs',
    () => new Promise<never>(() => {}),
    ['jobs were abandoned; some homes may lack their ballots', { jobs: 1 }],
  ],
])('while a home %s it says what is lost, and does not wait long', async (_, putBallot, said) => {
  await rig.apply(port)
  const runner = rig.start({ homes: new Map([['us-east-1', { ...rig.table, putBallot }]]) })
  await rig.pass(0.75)
  let stopped = false
  const stopping = runner.stop().then(() => {
    stopped = true
  })
  await rig.pass(4)
  expect(stopped).toBe(true)
  await stopping
  const [message, fields] = said
  expect(rig.log.lines).toContainEqual({ level: 'error', message, fields: expect.objectContaining(fields) })
})
