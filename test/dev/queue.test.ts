import { expect, test } from 'vitest'
import { delayQueue } from '../../functions/dev/cloud/queue.ts'
import { manualClock } from '../fixtures/clock.ts'
import { hour } from '../fixtures/home.ts'

function start(startMs: number) {
  const clock = manualClock(startMs)
  const bodies: string[] = []
  const queue = delayQueue(clock, (event) => {
    bodies.push(...event.Records.map(({ body }) => body))
  })
  const send = (Entries: object[]) =>
    JSON.parse(queue.sendBatch(JSON.stringify({ Entries })).body) as {
      Successful: { Id: string; MD5OfMessageBody: string }[]
      Failed: unknown[]
    }
  return { clock, bodies, queue, send }
}

test('a message appears when its delay is over, one without a delay at once', () => {
  const { clock, bodies, send } = start(hour * 1000)
  const { Successful, Failed } = send([
    { Id: '0', MessageBody: '"now"' },
    { Id: '1', MessageBody: '"soon"', DelaySeconds: 2 },
  ])
  expect([Successful.map(({ Id }) => Id), Failed]).toEqual([['0', '1'], []])
  expect(Successful[0]!.MD5OfMessageBody).toBe('5c8fd929ea8e63301e021df055c65ad4')
  expect(bodies).toEqual([])
  clock.advance(0)
  expect(bodies).toEqual(['"now"'])
  clock.advance(1_999)
  expect(bodies).toEqual(['"now"'])
  clock.advance(1)
  expect(bodies).toEqual(['"now"', '"soon"'])
})

test('a job appears at its tick, wherever in a second its delay was rounded up and however long it was on its way', () => {
  for (const elapsedMs of [1, 250, 999]) {
    for (const onItsWayMs of [0, 5]) {
      const { clock, bodies, send } = start(hour * 1000 + elapsedMs)
      const tick = hour + 10
      const job = JSON.stringify({ shard: '60s-abcdef-1', tick })
      const entry = { Id: '0', MessageBody: job, DelaySeconds: Math.ceil(tick - clock.now() / 1000) }
      clock.advance(onItsWayMs)
      send([entry])
      clock.advance(tick * 1000 - clock.now() - 1)
      expect(bodies).toEqual([])
      clock.advance(1)
      expect(bodies).toEqual([job])
    }
  }
})

test('what has not appeared yet can be forgotten', () => {
  const { clock, bodies, queue, send } = start(hour * 1000)
  send([{ Id: '0', MessageBody: '"never"', DelaySeconds: 900 }])
  queue.clear()
  expect(clock.pending()).toBe(0)
  clock.advance(900_000)
  expect(bodies).toEqual([])
})
