import type { CheckName, PlanVersion, Tick, VoterName } from '../shared/check.ts'
import { maxChecksPerShard } from '../shared/plan/plan.ts'
import { abstained, type Ballot, offline } from '../shared/quorum/ballot.ts'
import { advanceShard, type JudgedShard, type Rows, verdicts } from '../shared/quorum/decide.ts'
import type { Bench, Line } from './bench.ts'
import { median } from './statistics.ts'

const voterCount = 8
const sizes = [100, 10_000, 100_000]
const maxGrowth = 1.5
/** So many different ticks follow one another, again and again. */
const scenes = 4
const version = 'b0b1b2b3b4b5' as PlanVersion

/** What the decision costs: judge and advance, no I/O. */
export const quorum: Bench = {
  name: 'quorum',
  title: 'judge + advance on one core',
  async run(run) {
    const worlds = sizes.map(makeWorlds)
    // About as many checks in each turn, whatever their number in a world.
    const turns = run.short ? 15 : 60
    const nsPerCheck: number[][] = sizes.map(() => [])
    for (let turn = 0; turn < turns; turn++) {
      run.progress(`quorum: turn ${turn + 1} of ${turns}`)
      worlds.forEach((ofSize, index) => {
        nsPerCheck[index]!.push(runFor(ofSize, Math.max(1, 100_000 / sizes[index]!)))
      })
    }
    const lines = sizes.map((checks, index): Line => {
      const ns = median(nsPerCheck[index]!)
      return {
        what: `${checks.toLocaleString('en-US')} checks`,
        values: {
          'check-ticks/s': 1e9 / ns,
          'ns/check-tick': ns,
          '÷ fewest': ns / median(nsPerCheck[0]!),
        },
        ...(index > 0 && { target: { value: '÷ fewest', atMost: maxGrowth } }),
      }
    })
    return { notes, lines }
  },
}

const notes = [
  `${voterCount} voters, 5 confirmations, shards of at most ${maxChecksPerShard} checks as the plan makes them; 94 of 100 votes online, the rest slow,`,
  'offline and abstaining. verdicts() and advanceShard() of every shard, tick after tick; medians.',
]

/** One shard with the ballots of some ticks and what it remembers. */
interface World {
  readonly shard: JudgedShard
  readonly ticks: readonly (readonly Ballot[])[]
  rows: Rows
}

function makeWorlds(checks: number): World[] {
  const worlds: World[] = []
  for (let first = 0; first < checks; first += maxChecksPerShard) {
    const count = Math.min(maxChecksPerShard, checks - first)
    const shard: JudgedShard = {
      version,
      voters: Array.from({ length: voterCount }, (_, index) => `voter-${index}` as VoterName),
      checks: Array.from({ length: count }, (_, index) => ({
        name: `check-${first + index}` as CheckName,
        confirmations: 5,
        delay: { down: 3, up: 2 },
        slowMs: 1000,
      })),
    }
    const ticks = Array.from({ length: scenes }, (_, scene) => ballotsOf(shard, first, scene))
    worlds.push({ shard, ticks, rows: new Map() })
  }
  return worlds
}

function ballotsOf({ voters, checks }: JudgedShard, first: number, scene: number): Ballot[] {
  return voters.map((voter, place) => ({
    voter,
    tick: 0 as Tick,
    plan: version,
    ms: checks.map((_, index) => voteOf(first + index, place, scene)),
    failed: {},
  }))
}

/** One check in a hundred flaps, one is slow for all; a few votes more are odd ones out. */
function voteOf(check: number, place: number, scene: number): number {
  if (check % 100 === 7) return scene < scenes / 2 ? offline : 12.3
  if (check % 100 === 8) return 1230
  const odd = (check * 31 + place * 17 + scene * 7) % 100
  if (odd < 2) return offline
  if (odd < 4) return abstained
  return 5 + ((check + place) % 400)
}

/** Nanoseconds per check and tick. */
function runFor(worlds: World[], rounds: number): number {
  let decided = 0
  const start = process.hrtime.bigint()
  for (let round = 0; round < rounds; round++) {
    const tick = (round * 60) as Tick
    for (const world of worlds) {
      const { shard, ticks, rows } = world
      const found = verdicts(shard, ticks[round % scenes]!, true)!
      world.rows = advanceShard(shard, rows, found, tick).rows
      decided += found.length
    }
  }
  return Number(process.hrtime.bigint() - start) / decided
}
