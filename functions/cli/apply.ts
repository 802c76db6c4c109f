import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import type { Command } from 'commander'
import { isoOf } from '../../shared/check.ts'
import type { Config } from '../../shared/config/config.ts'
import { type Applied, type Prepared, preparePlan, writePlan } from '../../shared/plan/apply.ts'
import { deploymentOf, missingFrom } from '../../shared/plan/deployment.ts'
import { diffPlans, type PlanDiff } from '../../shared/plan/diff.ts'
import { holdsFrom } from '../../shared/plan/schedule.ts'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import type { Store } from '../../shared/store/store.ts'
import { cliClientConfig } from '../runtime/aws-client.ts'
import { systemClock as clock } from '../runtime/clock.ts'
import { tableClient } from '../runtime/home.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { awsFailure, wordAwsError } from './aws-failure.ts'
import { defaultFile, readConfig } from './configuration.ts'

export function define(command: Command): void {
  command
    .description(
      'Makes a configuration the plan of the deployed homes, without a deployment. It holds three minutes ' +
        'later, from a whole minute on. What only a deployment can bring (a contact, a region, the right to ' +
        'read a secret) is refused, and the plan in force stays.',
    )
    .argument('[file]', 'the configuration', defaultFile)
    .option('--dry-run', 'say what would change, and change nothing')
    .option('--table <name>', 'the name of the table', 'upquorum')
    .option('--json', 'one JSON object per home')
    .action(apply)
}

interface ApplyOptions {
  readonly dryRun?: true
  readonly table: string
  readonly json?: true
}

async function apply(file: string, options: ApplyOptions) {
  await applyEverywhere(readConfig(file), options, cliClientConfig)
}

/** A home did not let itself be read; nothing was written to any. The cause is what AWS answered. */
export class UnreadHome extends CommandFailure {}

/**
 * Makes a configuration the plan of every home, and says on stdout which plan holds from when. Where it is the
 * newest plan already, nothing is written.
 *
 * @param access what the client of a region is made from.
 * @throws {CommandFailure} when a home cannot take it; until all have been read, none is written.
 * @throws {UnreadHome} when one cannot be read.
 */
export async function applyEverywhere(
  config: Config,
  options: ApplyOptions,
  access: (region: string) => DynamoDBClientConfig,
): Promise<void> {
  const clients = config.homes.map((home) => ({ home, client: tableClient(access(home)) }))
  try {
    // All homes are read before one is written: one that cannot be reached now would keep the old plan.
    const ready: Ready[] = []
    for (const { home, client } of clients) {
      const store = dynamoStore(client, options.table)
      ready.push({ home, store, prepared: await prepare(home, store, config) })
    }
    // One tick for all: a home whose plan begins later than the others' counts each ballot until then as an abstention.
    const nowSeconds = clock.now() / 1000
    for (const one of ready) await applyTo(one, options, nowSeconds)
  } finally {
    for (const { client } of clients) client.destroy()
  }
}

interface Ready {
  readonly home: string
  readonly store: Store
  readonly prepared: Prepared
}

async function prepare(home: string, store: Store, config: Config): Promise<Prepared> {
  try {
    await refuseUndeployed(home, store, config)
    return await preparePlan(store, config)
  } catch (error) {
    if (error instanceof CommandFailure) throw error
    const why = wordAwsError(error)
    throw new UnreadHome(`${home} cannot take the plan, so nothing was applied: ${why}`, 1, { cause: error })
  }
}

async function applyTo({ home, store, prepared }: Ready, { dryRun, json }: ApplyOptions, nowSeconds: number) {
  const difference = diffPlans(prepared.shards, prepared.plan.shards)
  const from = holdsFrom(nowSeconds)
  const applied = dryRun
    ? {
        plan: prepared.plan,
        from: prepared.changed ? from : prepared.newest!.from,
        changed: prepared.changed,
      }
    : await write()
  if (json) {
    const { changed, plan } = applied
    const outcome = { home, version: plan.index.version, from: applied.from, applied: changed && !dryRun }
    console.log(JSON.stringify({ type: 'apply', ...outcome, ...difference }))
  } else
    for (const line of wordOutcome(home, prepared, applied, difference, dryRun === true)) console.log(line)

  async function write(): Promise<Applied> {
    try {
      return await writePlan(store, prepared, from, nowSeconds)
    } catch (error) {
      throw awsFailure(`the plan was not applied in ${home}`, error)
    }
  }
}

async function refuseUndeployed(home: string, store: Store, config: Config): Promise<void> {
  const deployed = await store.deployment()
  if (deployed === undefined)
    throw new CommandFailure(`${home}: nothing is deployed there; deploy first: npm run deploy`)
  const missing = missingFrom(deployed, await deploymentOf(config))
  if (missing.length > 0) {
    const lines = missing.map((what) => `${home}: ${what}`)
    throw new CommandFailure([...lines, 'only a deployment can change that: npm run deploy'].join('\n'))
  }
}

function wordOutcome(
  home: string,
  { newest }: Prepared,
  { plan, from, changed }: Applied,
  { added, removed, changed: altered }: PlanDiff,
  dryRun: boolean,
): readonly string[] {
  const { version } = plan.index
  if (!changed) return [`${home}: ${version} is the newest plan already; it holds from ${isoOf(from)}`]
  const verb = dryRun ? 'would hold' : 'holds'
  return [
    `${home}: ${newest?.version ?? 'no plan'} → ${version}, which ${verb} from ${isoOf(from)}`,
    ...added.map((check) => `  added    ${check}`),
    ...removed.map((check) => `  removed  ${check}`),
    ...altered.map(({ check, what }) => `  changed  ${check}: ${what.join(', ')}`),
  ]
}
