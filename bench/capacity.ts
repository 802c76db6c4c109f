import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import type { Tick } from '../shared/check.ts'
import { readsPerShardTick, readsPerSweep, writesPerShardTick } from '../shared/cost/units.ts'
import { rollUpHour } from '../shared/history/hour.ts'
import type { Bench, Line, Run } from './bench.ts'
import { intervalSeconds, shardOf, startLine } from './line.ts'

const voters = ['us-east-1', 'eu-west-1', 'ap-southeast-2', 'sa-east-1']
const ticks = 60
/** Ticks before the measured hour, after which every check is online and that is recorded. */
const settlingTicks = 5
/** The beginning of an hour. */
const hour = 1_790_002_800 as Tick

/** DynamoDB write and read units per check result, over everything the pipeline writes and reads in an hour. */
export const capacity: Bench = {
  name: 'capacity',
  title: 'DynamoDB units per check result',
  async run(run) {
    const lines: Line[] = []
    for (const checks of run.short ? [5, 200] : [5, 50, 200]) lines.push(await measure(checks, run))
    return { notes, lines }
  },
}

const notes = [
  `One healthy hour: ${ticks} ticks, ${voters.length} voters, one result per check, voter and tick, with the real handlers on dynalite.`,
  'Units are those of its ReturnConsumedCapacity, and one for each write whose condition failed. Included: ballots, the',
  'evaluation after each ballot, a sweep every minute, and at the end the hour item of every check. ÷ writes, ÷ reads:',
  'the units assumed by `upquorum cost` (shared/cost/units.ts, so far without the hour items) ÷ those measured.',
]
/** Units, unlike times, are the same in every run, so the estimate must be close. */
const minRatio = 0.95

async function measure(checks: number, { progress }: Run): Promise<Line> {
  const shard = shardOf(checks, voters, { confirmations: 2, delay: 2 })
  const first = (hour - settlingTicks * intervalSeconds) as Tick
  const line = await startLine(shard, first, async () => {})
  try {
    const latency = latencies(checks)
    for (let tick = first; tick < hour; tick = (tick + intervalSeconds) as Tick) await playTick(tick)
    const units = countUnits(line.client)
    for (let count = 0; count < ticks; count++) {
      progress(`capacity: ${checks} checks, tick ${count + 1} of ${ticks}`)
      await playTick((hour + count * intervalSeconds) as Tick)
    }
    const { ...live } = units
    const last = (hour + (ticks - 1) * intervalSeconds) as Tick
    const ballots = await line.store.ballots(shard.shard, hour, last, { consistent: false })
    for (const [check, item] of rollUpHour(shard, hour, ballots)) await line.store.putHour(check, hour, item)
    const results = checks * voters.length * ticks
    return {
      what: `${checks} checks`,
      values: {
        'WRU/result': units.write / results,
        'of that hour items': (units.write - live.write) / results,
        'RRU/result': units.read / results,
        '÷ writes': (ticks * writesPerShardTick(voters.length)) / live.write,
        '÷ reads': (ticks * (readsPerShardTick(voters.length, checks) + readsPerSweep(1))) / live.read,
      },
      targets: [
        ...(checks === 200 ? [{ value: 'WRU/result', atMost: 0.016 }] : []),
        { value: '÷ writes', atLeast: minRatio },
        { value: '÷ reads', atLeast: minRatio },
      ],
    }

    async function playTick(tick: Tick) {
      line.setTime(tick)
      for (const voter of shard.voters) {
        line.setTime(tick + 1)
        const ms = shard.checks.map((_, index) => latency(index))
        await line.cast(voter, tick, ms)
        await line.idle()
      }
      line.setTime(tick + 40)
      await line.sweep()
      await line.idle()
    }
  } finally {
    await line.close()
  }
}

/** Latencies from 5 to about 450 ms, each check around its own typical value, the same in every run. */
function latencies(checks: number): (index: number) => number {
  let seed = 1
  // Lehmer's generator; its quality does not matter here.
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed / 2_147_483_647
  }
  const usual = Array.from({ length: checks }, () => 5 * 60 ** random())
  return (index) => usual[index]! * (1 + random() / 2)
}

interface Units {
  write: number
  read: number
}

/** Requests the consumed capacity of every command from now on and adds it up. */
function countUnits(client: DynamoDBDocumentClient): Units {
  const units: Units = { write: 0, read: 0 }
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const kind = context.commandName === 'PutItemCommand' ? 'write' : 'read'
      try {
        const result = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } })
        const { ConsumedCapacity } = result.output as { ConsumedCapacity?: { CapacityUnits?: number } }
        if (ConsumedCapacity?.CapacityUnits === undefined) {
          throw new Error(`${context.commandName} did not report its consumed capacity`)
        }
        units[kind] += ConsumedCapacity.CapacityUnits
        return result
      } catch (error) {
        // dynalite reports no capacity for a failed condition; AWS charges for it.
        if (error instanceof ConditionalCheckFailedException) units.write++
        throw error
      }
    },
    { step: 'initialize', name: 'countUnits' },
  )
  return units
}
