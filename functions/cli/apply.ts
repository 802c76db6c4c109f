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
      'Makes a configuration the plan of the deployed homes without a deployment. The plan takes effect at the ' +
        'first whole minute after three minutes. Changes that need a deployment (a new contact or region, ' +
        'permission to read a secret) are refused, and the current plan stays in force.',
    )
    .argument('[file]', 'the configuration', defaultFile)
    .option('--dry-run', 'show what would change without changing it')
    .option('--table <name>', 'the name of the table', 'upquorum')
    .option('--json', 'print one JSON object per home')
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

/** A home could not be read, so nothing was written to any home. `cause` is the error of the AWS client. */
export class UnreadHome extends CommandFailure {}

/**
 * Makes a configuration the plan of every home, and prints which plan takes effect when. Writes nothing where it is
 * already the newest plan.
 *
 * @param access returns the client configuration for a region.
 * @throws {CommandFailure} when a home cannot take the plan; no home is written before all have been read.
 * @throws {UnreadHome} when a home cannot be read.
 */
export async function applyEverywhere(
  config: Config,
  options: ApplyOptions,
  access: (region: string) => DynamoDBClientConfig,
): Promise<void> {
  const clients = config.homes.map((home) => ({ home, client: tableClient(access(home)) }))
  try {
    // All homes are read before any is written, because an unreachable home would keep the old plan.
    const ready: Ready[] = []
    for (const { home, client } of clients) {
      const store = dynamoStore(client, options.table)
      ready.push({ home, store, prepared: await prepare(home, store, config) })
    }
    // The plan must take effect at the same tick everywhere: a home where it does so later counts every ballot until
    // then as an abstention.
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
  if (!changed) return [`${home}: ${version} is already the newest plan, in effect from ${isoOf(from)}`]
  const effect = dryRun ? 'would be in effect' : 'in effect'
  return [
    `${home}: ${newest?.version ?? 'no plan'} → ${version}, ${effect} from ${isoOf(from)}`,
    ...added.map((check) => `  added    ${check}`),
    ...removed.map((check) => `  removed  ${check}`),
    ...altered.map(({ check, what }) => `  changed  ${check}: ${what.join(', ')}`),
  ]
}
