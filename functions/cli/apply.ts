import type { Command } from 'commander'
import { isoOf } from '../../shared/check.ts'
import type { Config } from '../../shared/config/config.ts'
import { type Applied, type Prepared, preparePlan, writePlan } from '../../shared/plan/apply.ts'
import { deploymentOf, missingFrom } from '../../shared/plan/deployment.ts'
import { differenceBetween, type PlanDifference } from '../../shared/plan/difference.ts'
import { holdsFrom } from '../../shared/plan/schedule.ts'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import type { Store } from '../../shared/store/store.ts'
import { systemClock as clock } from '../clock.ts'
import { tableClient } from '../runtime/home.ts'
import { awsFailure, impatiently } from './aws.ts'
import { defaultFile, readConfig } from './configuration.ts'
import { CommandFailure } from './failure.ts'

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
  const config = readConfig(file)
  for (const home of config.homes) {
    const client = tableClient(impatiently(home))
    try {
      await applyTo(home, dynamoStore(client, options.table), config, options)
    } catch (error) {
      throw awsFailure(`the plan was not applied in ${home}`, error)
    } finally {
      client.destroy()
    }
  }
}

async function applyTo(home: string, store: Store, config: Config, { dryRun, json }: ApplyOptions) {
  await refuseUndeployed(store, config)
  const prepared = await preparePlan(store, config)
  const difference = differenceBetween(prepared.shards, prepared.plan.shards)
  const nowSeconds = clock.now() / 1000
  const from = holdsFrom(nowSeconds)
  const applied = dryRun
    ? {
        plan: prepared.plan,
        from: prepared.changed ? from : prepared.newest!.from,
        changed: prepared.changed,
      }
    : await writePlan(store, prepared, from, nowSeconds)
  if (json) {
    const { changed, plan } = applied
    const outcome = { home, version: plan.index.version, from: applied.from, applied: changed && !dryRun }
    console.log(JSON.stringify({ type: 'apply', ...outcome, ...difference }))
  } else
    for (const line of wordOutcome(home, prepared, applied, difference, dryRun === true)) console.log(line)
}

async function refuseUndeployed(store: Store, config: Config): Promise<void> {
  const deployed = await store.deployment()
  if (deployed === undefined) throw new CommandFailure('nothing is deployed there; deploy first')
  const missing = missingFrom(deployed, await deploymentOf(config))
  if (missing.length > 0)
    throw new CommandFailure([...missing, 'only a deployment can change that: npm run deploy'].join('\n'))
}

function wordOutcome(
  home: string,
  { newest }: Prepared,
  { plan, from, changed }: Applied,
  { added, removed, changed: altered }: PlanDifference,
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
