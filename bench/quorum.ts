import type { CheckName, PlanVersion, Tick, VoterName } from '../shared/check.ts'
import { maxChecksPerShard } from '../shared/config/limits.ts'
import { abstained, type Ballot, offline } from '../shared/quorum/ballot.ts'
import { advanceShard, type JudgedShard, type Rows, verdicts } from '../shared/quorum/decide.ts'
import type { Bench, Line } from './bench.ts'
import { median } from './statistics.ts'

const voterCount = 8
const sizes = [100, 10_000, 100_000]
const maxGrowth = 1.5
/** Two scenes alternate, each long enough for a flapping check to change its status. */
const scenes = 2
const ticksPerScene = 3
const checkTicksPerTurn = scenes * ticksPerScene * Math.max(...sizes)
const version = 'b0b1b2b3b4b5' as PlanVersion

/** The CPU time of deciding, `judge` and `advance`, without I/O. */
export const quorum: Bench = {
  name: 'quorum',
  title: 'judge + advance on one core',
  async run(run) {
    const bySize = sizes.map(makeShards)
    const ballots = Array.from({ length: scenes }, (_, scene) => ballotsOf(scene))
    // Every turn decides the same number of check-ticks, whatever the number of checks, and includes every scene.
    const turns = run.short ? 15 : 60
    const nsPerCheck: number[][] = sizes.map(() => [])
    for (let turn = 0; turn < turns; turn++) {
      run.progress(`quorum: turn ${turn + 1} of ${turns}`)
      bySize.forEach((shards, index) => {
        nsPerCheck[index]!.push(runFor(shards, ballots, checkTicksPerTurn / sizes[index]!))
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
        ...(index > 0 && { targets: [{ value: '÷ fewest', atMost: maxGrowth }] }),
      }
    })
    return { notes, lines }
  },
}

const notes = [
  `${voterCount} voters, 5 confirmations, shards of at most ${maxChecksPerShard} checks as in a plan; 94 of 100 votes are online, the others`,
  'slow, offline or abstaining. verdicts() and advanceShard() of every shard, tick after tick; medians. All shards share',
  'the same ballots, whereas in production each shard works on ballots that were just read.',
]

/** A shard and its state rows. */
interface Remembered {
  readonly shard: JudgedShard
  rows: Rows
}

const voters = Array.from({ length: voterCount }, (_, index) => `voter-${index}` as VoterName)

function makeShards(checks: number): Remembered[] {
  const shards: Remembered[] = []
  for (let first = 0; first < checks; first += maxChecksPerShard) {
    const count = Math.min(maxChecksPerShard, checks - first)
    const members = Array.from({ length: count }, (_, index) => ({
      name: `check-${first + index}` as CheckName,
      confirmations: 5,
      delay: { down: 3, up: 2 },
      slowMs: 1000,
    }))
    shards.push({ shard: { version, voters, checks: members }, rows: new Map() })
  }
  return shards
}

function ballotsOf(scene: number): readonly Ballot[] {
  return voters.map((voter, place) => ({
    voter,
    tick: 0 as Tick,
    plan: version,
    ms: Array.from({ length: maxChecksPerShard }, (_, index) => voteOf(index, place, scene)),
    failed: {},
  }))
}

/** One check in a hundred flaps and one is slow for all voters; 4 % of the other votes are offline or abstain. */
function voteOf(check: number, place: number, scene: number): number {
  if (check % 100 === 7) return scene === 0 ? offline : 12.3
  if (check % 100 === 8) return 1230
  const odd = (check * 31 + place * 17 + scene * 7) % 100
  if (odd < 2) return offline
  if (odd < 4) return abstained
  return 5.3 + ((check + place) % 400)
}

/** Returns nanoseconds per check and tick. */
function runFor(
  shards: readonly Remembered[],
  ballots: readonly (readonly Ballot[])[],
  rounds: number,
): number {
  let decided = 0
  const start = process.hrtime.bigint()
  for (let round = 0; round < rounds; round++) {
    const scene = ballots[Math.floor(round / ticksPerScene) % scenes]!
    for (const remembered of shards) {
      const { shard, rows } = remembered
      const found = verdicts(shard, scene, true)!
      remembered.rows = advanceShard(shard, rows, found, (round * 60) as Tick).rows
      decided += found.length
    }
  }
  return Number(process.hrtime.bigint() - start) / decided
}
