import type { Alert, CheckName, ContactName, Delay, VoterName } from '../shared/check.ts'
import type { Config, ConfiguredCheck } from '../shared/config/config.ts'
import type { Random } from './random.ts'

// What people write: a configuration, and how they change it.

export interface Scenario {
  readonly homes: readonly string[]
  readonly voters: readonly VoterName[]
  readonly contacts: readonly ContactName[]
  /** The interval that most checks have, in seconds. */
  readonly usualIntervalSeconds: number
  readonly intervals: readonly number[]
}

const everyChange: Alert['on'] = ['offline', 'degraded', 'online']
/** Beside the interval that most checks of a run have. */
const oddIntervals = [10, 20, 60, 120, 300, 3600, 7200]

/** Draws who votes, who is told and how often. */
export function drawScenario(random: Random): Scenario {
  const names = ['us-east-1', 'eu-west-1', 'ap-south-1', 'sa-east-1', 'eu-north-1']
  const usualIntervalSeconds = random.pick([10, 20, 30, 60, 60, 60, 300])
  return {
    homes: ['us-east-1'],
    voters: names.slice(0, random.int(1, names.length)) as VoterName[],
    contacts: ['ops', 'hook', 'boss'].slice(0, random.int(1, 3)) as ContactName[],
    usualIntervalSeconds,
    intervals: [usualIntervalSeconds, ...(random.chance(0.3) ? [random.pick(oddIntervals)] : [])],
  }
}

export function drawConfig(scenario: Scenario, random: Random): Config {
  const names = ['web', 'db', 'mail', 'dns', 'cert', 'shop'].slice(0, random.int(1, 6)) as CheckName[]
  return configOf(
    scenario,
    names.map((name) => drawCheck(name, scenario, random)),
  )
}

/**
 * The configuration after somebody's edit: a check comes, goes or is told to others.
 *
 * @param moves the edit gives a check another interval or other voters, which moves it to another shard.
 */
export function editConfig(config: Config, scenario: Scenario, random: Random, moves: boolean): Config {
  const checks = [...config.checks]
  const at = random.int(0, Math.max(0, checks.length - 1))
  const old = checks[at]
  const edit = moves ? random.int(4, 5) : random.int(0, 3)
  if (edit === 0 || old === undefined) {
    const name = random.pick(['web', 'db', 'mail', 'dns', 'cert', 'shop', 'new']) as CheckName
    if (!checks.some((check) => check.name === name)) checks.push(drawCheck(name, scenario, random))
  } else if (edit === 1) {
    checks.splice(at, 1)
  } else if (edit === 2) {
    checks[at] = { ...old, alerts: drawAlerts(scenario, random) }
  } else if (edit === 3) {
    checks[at] = {
      ...drawCheck(old.name, scenario, random),
      voters: old.voters,
      intervalSeconds: old.intervalSeconds,
    }
    checks[at] = withinVoters(checks[at])
  } else if (edit === 4) {
    checks[at] = withinVoters({ ...old, voters: drawVoters(scenario, random) })
  } else {
    checks[at] = { ...old, intervalSeconds: random.pick(scenario.intervals) }
  }
  return configOf(scenario, checks)
}

function configOf({ homes, voters, contacts }: Scenario, checks: readonly ConfiguredCheck[]): Config {
  return {
    regions: voters,
    homes,
    runners: [],
    operators: contacts[0]!,
    contacts: contacts.map((name) => ({ name, email: [], sms: [], webhook: [] })),
    checks,
  }
}

function drawCheck(name: CheckName, scenario: Scenario, random: Random): ConfiguredCheck {
  const voters = drawVoters(scenario, random)
  const intervalSeconds = random.chance(0.8) ? scenario.usualIntervalSeconds : random.pick(scenario.intervals)
  return {
    name,
    kind: 'tcp',
    target: { host: `${name}.example`, port: 80 },
    label: `${name}.example:80`,
    enabled: true,
    intervalSeconds,
    timeoutMs: Math.min(intervalSeconds * 1000, random.pick([5_000, 10_000])),
    ...(random.chance(0.5) ? { slowMs: 500 } : {}),
    confirmations: random.int(1, voters.length),
    delay: drawDelay(random),
    voters,
    alerts: drawAlerts(scenario, random),
    tags: [],
    allowPrivate: false,
  }
}

function drawDelay(random: Random): Delay {
  return { down: random.int(1, 3), up: random.int(1, 3) }
}

function drawVoters({ voters }: Scenario, random: Random): readonly VoterName[] {
  const drawn = random.chance(0.7) ? voters : voters.filter(() => random.chance(0.6))
  return (drawn.length === 0 ? voters : drawn).toSorted()
}

function withinVoters(check: ConfiguredCheck): ConfiguredCheck {
  return { ...check, confirmations: Math.min(check.confirmations, check.voters.length) }
}

function drawAlerts({ contacts }: Scenario, random: Random): readonly Alert[] {
  return contacts
    .filter(() => random.chance(0.7))
    .map((contact) => ({
      contact,
      on: random.chance(0.75) ? everyChange : everyChange.filter(() => random.chance(0.6)),
    }))
}
