import { alertId, type ShardId, type Tick, type VoterName } from '../../check.ts'
import type { PlannedCheck, ShardPlan } from '../../plan/plan.ts'
import type { PlanReader } from '../../plan/reader.ts'
import { type Ballot, type EvidenceVote, unpackVote } from '../../quorum/ballot.ts'
import { type Entry, lastStep, type Step } from '../../quorum/outbox.ts'
import type { Store } from '../../store/store.ts'
import type { Transition } from '../transition.ts'

/** An outbox entry with its check under the entry's plan. */
export interface EntryInPlan {
  readonly entry: Entry
  readonly check: PlannedCheck
  readonly shard: ShardPlan
}

/** The entries with their checks; an entry whose plan or check is gone cannot be delivered and is left out. */
export async function entriesInPlan(
  entries: readonly Entry[],
  shard: ShardId,
  plans: PlanReader,
): Promise<readonly EntryInPlan[]> {
  const told = await Promise.all(
    entries.map(async (entry) => {
      const document = await plans.shard(entry.plan, shard)
      const check = document?.checks.find(({ name }) => name === entry.check)
      return document === undefined || check === undefined ? [] : [{ entry, check, shard: document }]
    }),
  )
  return told.flat()
}

/** A step with its check under the plan by which it was decided. */
export interface StepInPlan {
  readonly told: EntryInPlan
  readonly step: Step
  /** True for the newest step of the check among the entries. */
  readonly isLast: boolean
}

/** Every step of these entries, superseded ones included, oldest first. */
export async function stepsIn(
  entries: readonly Entry[],
  shard: ShardId,
  plans: PlanReader,
): Promise<readonly StepInPlan[]> {
  const steps = await Promise.all(
    entries.flatMap((entry) =>
      [...entry.earlier, lastStep(entry)].map(async (step, index) => {
        const [told] = await entriesInPlan([{ ...entry, plan: step.plan }], shard, plans)
        return told === undefined ? [] : [{ told, step, isLast: index === entry.earlier.length }]
      }),
    ),
  )
  return steps.flat().sort((one, other) => one.step.tick - other.step.tick)
}

/** Returns a function that adds to a step the votes that decided it; each tick's ballots are read once. */
export function evidenceFrom(store: Store) {
  const read = new Map<string, Promise<readonly Ballot[]>>()

  function ballotsAt(shard: ShardId, tick: Tick): Promise<readonly Ballot[]> {
    const key = `${shard}#${tick}`
    const reading = read.get(key) ?? store.ballots(shard, tick, tick, { consistent: true })
    read.set(key, reading)
    return reading
  }

  return async function transitionOf({ check, shard }: EntryInPlan, step: Step): Promise<Transition> {
    const ballots = step.to === 'removed' ? [] : await ballotsAt(shard.shard, step.tick)
    return {
      alertId: alertId(check.name, step.tick),
      check: check.name,
      kind: check.kind,
      label: check.label,
      tags: check.tags,
      from: step.from,
      to: step.to,
      tick: step.tick,
      ...(step.since === undefined ? {} : { since: step.since }),
      confirmations: check.confirmations,
      delay: check.delay,
      intervalSeconds: shard.intervalSeconds,
      ...(check.slowMs === undefined ? {} : { slowMs: check.slowMs }),
      votes: step.to === 'removed' ? {} : votesOn(check, shard, ballots),
    }
  }
}

/** Every voter's vote on one check, in the plan's order. */
function votesOn(
  check: PlannedCheck,
  shard: ShardPlan,
  ballots: readonly Ballot[],
): Readonly<Record<VoterName, EvidenceVote>> {
  const index = shard.checks.indexOf(check)
  const votes: Record<VoterName, EvidenceVote> = {}
  for (const voter of shard.voters) {
    const ballot = ballots.find((candidate) => candidate.voter === voter)
    votes[voter] =
      ballot === undefined ? { vote: 'missing' } : unpackVote(ballot, index, check, shard.version)
  }
  return votes
}
