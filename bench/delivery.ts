import type { Tick } from '../shared/check.ts'
import type { Bench, Line, Run } from './bench.ts'
import { intervalSeconds, shardOf, startLine } from './line.ts'
import { percentile } from './statistics.ts'

const voters = ['us-east-1', 'eu-west-1', 'ap-southeast-2']
const confirmations = 2
const warmUp = 20
const start = 1_790_002_800 as Tick

/** The time from the deciding ballot to the alert. */
export const delivery: Bench = {
  name: 'delivery',
  title: 'From the deciding ballot to the publish call',
  async run(run) {
    const lines: Line[] = []
    for (const [checks, flips] of [
      [1, 300],
      [200, 60],
    ] as const) {
      lines.push(await measure(checks, run.short ? flips / 3 : flips, run))
    }
    return { notes, lines }
  },
}

const notes = [
  'From just before the write of the deciding ballot to the call that publishes the alert. This includes the write, the',
  'evaluation and the outbox, with the real handlers and dynalite over HTTP in one process.',
]

async function measure(checks: number, flips: number, { progress }: Run): Promise<Line> {
  const shard = shardOf(checks, voters, { confirmations, delay: 1 })
  let published = () => {}
  const line = await startLine(shard, start, async () => published())
  try {
    const elapsedMs: number[] = []
    for (let count = 0; count < warmUp + flips; count++) {
      progress(`delivery: ${checks} of ${checks} checks flip, ${count + 1} of ${warmUp + flips}`)
      const tick = (start + count * intervalSeconds) as Tick
      line.setTime(tick + 1)
      // The first flip is from pending to offline, the next ones alternate.
      const ms = shard.checks.map(() => (count % 2 === 0 ? -2 : 12.3))
      for (const voter of shard.voters.slice(0, confirmations - 1)) await line.cast(voter, tick, ms)
      await line.idle()
      const { promise, resolve } = Promise.withResolvers<void>()
      published = resolve
      const startMs = performance.now()
      await line.cast(shard.voters[confirmations - 1]!, tick, ms)
      await promise
      if (count >= warmUp) elapsedMs.push(performance.now() - startMs)
      await line.idle()
    }
    return {
      what: checks === 1 ? '1 check flips' : `${checks} checks flip at once`,
      values: { times: flips, 'p50 ms': percentile(elapsedMs, 0.5), 'p99 ms': percentile(elapsedMs, 0.99) },
    }
  } finally {
    await line.close()
  }
}
