import type { ShardId, VoterName } from '../check.ts'
import type { Config, ConfiguredCheck } from '../config/config.ts'
import { maxChecksPerShard } from '../config/limits.ts'
import { fingerprint } from './fingerprint.ts'
import type { Plan, PlanIndex, PlannedCheck, ShardPlan } from './plan.ts'

/**
 * Turns a configuration into a plan. Checks stay in their shard of the `previous` plan, so that they keep their state
 * and ballots; a check whose interval or voters changed moves to another shard. The same configuration and previous
 * plan always give the same version.
 */
export async function makePlan(config: Config, previous: readonly ShardPlan[] = []): Promise<Plan> {
  const groups = Map.groupBy(
    config.checks.filter((check) => check.enabled),
    (check) => `${check.intervalSeconds}s ${check.voters.join(' ')}`,
  )
  const drafts: Omit<ShardPlan, 'version'>[] = []
  const taken = new Map(previous.map(({ shard, voters }) => [groupOf(shard), voters.join(' ')]))
  for (const checks of groups.values()) {
    const { intervalSeconds, voters } = checks[0]!
    const group = await groupFor(intervalSeconds, voters.join(' '), taken)
    const known = previous.filter((shard) => sameGroup(shard, intervalSeconds, voters))
    for (const [shard, members] of assign(checks, known, group)) {
      drafts.push({ shard, intervalSeconds, voters, checks: members.map(planned) })
    }
  }
  const contacts = config.contacts.map((contact) => contact.name)
  const operators = config.operators === undefined ? {} : { operators: config.operators }
  const version = await fingerprint(JSON.stringify([drafts, contacts, operators]))
  const shards = drafts.map((draft) => ({ version, ...draft }))
  return {
    index: {
      version,
      ...operators,
      contacts,
      shards: shards.map(summaryOf),
    },
    shards,
  }
}

/** A shard's summary in the index. */
export function summaryOf({
  shard,
  intervalSeconds,
  voters,
  checks,
}: ShardPlan): PlanIndex['shards'][number] {
  return {
    shard,
    intervalSeconds,
    voters,
    timeoutMs: Math.max(...checks.map((check) => check.timeoutMs)),
    checks: checks.length,
  }
}

/** A shard's id without its number. */
function groupOf(shard: ShardId): string {
  return shard.slice(0, shard.lastIndexOf('-'))
}

/** The prefix of a group's shard ids: short, because every key has it, but longer if two groups would collide. */
async function groupFor(
  intervalSeconds: number,
  voters: string,
  taken: Map<string, string>,
): Promise<string> {
  const digits = await fingerprint(voters)
  const short = `${intervalSeconds}s-${digits.slice(0, 6)}`
  const group = (taken.get(short) ?? voters) === voters ? short : `${intervalSeconds}s-${digits}`
  taken.set(group, voters)
  return group
}

function sameGroup(shard: ShardPlan, intervalSeconds: number, voters: readonly VoterName[]): boolean {
  return shard.intervalSeconds === intervalSeconds && shard.voters.join(' ') === voters.join(' ')
}

/**
 * Assigns checks to the shards of a group: known ones stay, new ones go where there is room. The order is the
 * configuration's, so that applying it twice makes the same plan.
 */
function assign(
  checks: readonly ConfiguredCheck[],
  known: readonly ShardPlan[],
  group: string,
): ReadonlyMap<ShardId, readonly ConfiguredCheck[]> {
  const assigned = new Map(known.flatMap((shard) => shard.checks.map((check) => [check.name, shard.shard])))
  const sizes = new Map<ShardId, number>(known.map((shard) => [shard.shard, 0]))
  for (const { name } of checks) {
    const shard = assigned.get(name)
    if (shard !== undefined) sizes.set(shard, sizes.get(shard)! + 1)
  }
  let number = 1
  for (const { name } of checks) {
    if (assigned.has(name)) continue
    let shard = [...sizes].find(([, size]) => size < maxChecksPerShard)?.[0]
    while (shard === undefined) {
      const id = `${group}-${number++}` as ShardId
      if (!sizes.has(id)) shard = id
    }
    assigned.set(name, shard)
    sizes.set(shard, (sizes.get(shard) ?? 0) + 1)
  }
  return Map.groupBy(checks, ({ name }) => assigned.get(name)!)
}

function planned(check: ConfiguredCheck): PlannedCheck {
  const { enabled: _enabled, intervalSeconds: _interval, voters: _voters, ...rest } = check
  return rest
}
