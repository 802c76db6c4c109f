import type { CheckName, Decided, Delay, PlanVersion, ShardId, Status, Tick } from '../shared/check.ts'
import type { PlannedCheck, ShardPlan } from '../shared/plan/plan.ts'

// The rules of the quorum once more, as naive as can be: no counters, no rows that are left out, every verdict of a
// check kept and counted backwards. It shares no code with what it judges.

/** A change of status, as it must come out. */
export interface TwinTransition {
  readonly check: CheckName
  readonly shard: ShardId
  readonly from: Status
  readonly to: Status | 'removed'
  readonly tick: Tick
  readonly plan: PlanVersion
}

/** A verdict, and the delay that was in force when it was given. */
export interface TwinVerdict {
  readonly verdict: Decided
  readonly delay: Delay
}

/** A check as the twin sees it: its status, and every verdict since it began. */
export interface TwinCheck {
  readonly status: Status
  readonly verdicts: readonly TwinVerdict[]
  /** The tick of its last change. */
  readonly since: Tick
}

/** One vote of one voter, as far as the quorum cares. */
export interface TwinBallot {
  readonly voter: string
  readonly plan: PlanVersion
  readonly ms: readonly number[]
}

/** What the quorum says of a check at a tick; undefined while a missing ballot could change it. */
export function verdictOf(
  check: PlannedCheck,
  index: number,
  document: ShardPlan,
  ballots: readonly TwinBallot[],
  pastDeadline: boolean,
): Decided | undefined {
  const votes = document.voters.map((voter) => {
    const ballot = ballots.find((one) => one.voter === voter)
    if (ballot === undefined) return pastDeadline ? 'abstain' : 'missing'
    if (ballot.plan !== document.version) return 'abstain'
    const ms = ballot.ms[index]
    if (ms === undefined || ms === -1) return 'abstain'
    if (ms === -2) return 'offline'
    return check.slowMs !== undefined && ms > check.slowMs ? 'slow' : 'online'
  })
  const outcomes = new Set(everyWay(votes).map((way) => finalVerdict(way, check.confirmations)))
  return outcomes.size === 1 ? [...outcomes][0] : undefined
}

type FinalVote = 'offline' | 'slow' | 'online' | 'abstain'

/** Every way in which the missing votes may still turn out. */
function everyWay(votes: readonly (FinalVote | 'missing')[]): readonly (readonly FinalVote[])[] {
  let ways: FinalVote[][] = [[]]
  for (const vote of votes) {
    const turns: readonly FinalVote[] = vote === 'missing' ? ['offline', 'slow', 'online', 'abstain'] : [vote]
    ways = ways.flatMap((way) => turns.map((turn) => [...way, turn]))
  }
  return ways
}

function finalVerdict(votes: readonly FinalVote[], confirmations: number): Decided {
  const count = (...wanted: readonly FinalVote[]) => votes.filter((vote) => wanted.includes(vote)).length
  if (count('offline') >= confirmations) return 'offline'
  if (count('offline', 'slow') >= confirmations) return 'degraded'
  if (count('slow', 'online') >= confirmations) return 'online'
  return count('offline', 'slow', 'online') < confirmations ? 'blind' : 'split'
}

/** How many ticks in a row up to now were of these verdicts; more than `n` blind ones between them begin it anew. */
function streak(
  verdicts: readonly TwinVerdict[],
  wanted: readonly Decided[],
  n: (delay: Delay) => number,
): number {
  let found = 0
  let blind = 0
  for (const { verdict, delay } of verdicts) {
    if (verdict === 'blind') {
      blind++
      // By the delay that was in force then: a plan may have changed it since.
      if (blind > n(delay)) found = 0
    } else {
      found = wanted.includes(verdict) ? found + 1 : 0
      blind = 0
    }
  }
  return found
}

/** The check after one more verdict. */
export function follow(check: TwinCheck, verdict: Decided, delay: Delay, tick: Tick): TwinCheck {
  const verdicts = [...check.verdicts, { verdict, delay }]
  const status = statusAfter(check.status, verdicts, delay)
  return status === check.status ? { ...check, verdicts } : { status, verdicts, since: tick }
}

function statusAfter(status: Status, verdicts: readonly TwinVerdict[], { down, up }: Delay): Status {
  // Silence changes nothing.
  if (verdicts.at(-1)?.verdict === 'blind') return status
  const offline = streak(verdicts, ['offline'], (delay) => delay.down) >= down
  const worse = streak(verdicts, ['offline', 'degraded'], (delay) => delay.down) >= down
  const better = streak(verdicts, ['online', 'degraded'], (delay) => delay.up) >= up
  const online = streak(verdicts, ['online'], (delay) => delay.up) >= up
  switch (status) {
    case 'online':
      return offline ? 'offline' : worse ? 'degraded' : status
    case 'degraded':
      return offline ? 'offline' : online ? 'online' : status
    case 'offline':
      return online ? 'online' : better ? 'degraded' : status
    case 'pending':
      return offline ? 'offline' : online ? 'online' : worse || better ? 'degraded' : status
  }
}
