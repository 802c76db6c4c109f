import { applyEverywhere, UnreadHome } from '../../functions/cli/apply.ts'
import { isDenied, isUnanswered } from '../../functions/cli/aws-failure.ts'
import { tableClient } from '../../functions/runtime/home.ts'
import { CommandFailure } from '../../functions/terminal/failure.ts'
import type { Config } from '../../shared/config/config.ts'
import { machinesOf } from '../../shared/config/machines.ts'
import type { Deployment } from '../../shared/plan/deployment.ts'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import { homeStackName, tableName } from '../names.ts'
import { fetchPackage, isFetched, lockedPackage, runnerPackages } from '../runner-packages.ts'
import { type Access, accessOf, type Environment, wayOfCdk } from './access.ts'
import { type Arguments, contextOf, optionOf } from './arguments.ts'
import { bootstrapBare, qualifierOf } from './bootstrap.ts'
import type { Cdk } from './cdk.ts'
import { describeOrphanedStacks } from './orphaned-stacks.ts'
import { look, outOfReach, refuseUnusable, regionsOf } from './regions.ts'
import { type FoundTable, findTable, isOurs, refuseForeignTables, wordTable } from './tables.ts'

/** Where a deployment happens. */
interface Surroundings {
  readonly cdk: Cdk
  readonly environment: Environment
}

/** Looks at every region first, then deploys all stacks and says what is still not as it should be. */
export async function deploy(
  call: Arguments,
  config: Config,
  { cdk, environment }: Surroundings,
): Promise<void> {
  const access = accessOf(call)
  const roles = regionsOf(config)
  const seen = await Promise.all([...roles.keys()].map((region) => look(region, access, qualifierOf(call))))
  const failures = outOfReach(seen)
  const way = failures && wayOfCdk(call, environment, failures)
  if (way !== undefined) {
    console.error(
      `AWS is out of reach from here, but there is ${way}, which may lead the CDK to it: the regions are not looked at first; ` +
        'one that was never bootstrapped needs npx cdk bootstrap aws://<account>/<region>, once',
    )
    await deployStacks(cdk, call, config)
    if (isExecuted(call)) console.error(planUnknown(call, 'only the CDK reaches AWS from here'))
    return
  }
  refuseUnusable(seen, roles, call.file)
  const { tables, deployed } = await findDeployed(config, access)
  if (contextOf(call.options, 'retain') === 'false') warnOfLoss(config, tables)
  await bootstrapBare(cdk, call, seen, access)
  await deployStacks(cdk, call, config)
  if (!isExecuted(call)) return
  await refuseMissingTables(config, access)
  const regions = tables.map(({ region }) => region)
  for (const line of describeOrphanedStacks(config, deployed, regions)) console.error(line)
  await bringPlan(call, config, access)
}

async function deployStacks(cdk: Cdk, call: Arguments, config: Config): Promise<void> {
  if (machinesOf(config).length > 0) fetchRunnerPackages()
  if (!(await cdk(call, 'deploy', ...ownOptions(call)))) throw new CommandFailure(deployFailed)
}

const deployFailed = [
  'the deployment did not finish; the CDK says above what failed, and in which stack',
  '- what was deployed stays; mend the cause, and npm run deploy goes on from there',
  '- where a bucket or a role cdk-hnb659fds-… is missing, the bootstrap of that region is damaged: delete its stack CDKToolkit, then npm run deploy',
  '- where one of them refuses, whoever keeps the account has to let you use it',
].join('\n')

/**
 * The tables in the regions of a configuration, and what was deployed around each before.
 *
 * @throws {CommandFailure} when a home has a table of somebody else's.
 */
async function findDeployed(config: Config, access: Access) {
  const found = await Promise.all(
    // Whoever may not look at tables can deploy all the same, by the roles of the bootstrap.
    [...regionsOf(config).keys()].map((region) => findTable(region, access).catch(() => undefined)),
  )
  const named = found.filter((table) => table !== undefined)
  refuseForeignTables(config.homes, named)
  const tables = named.filter(isOurs)
  const deployed = await Promise.all(tables.map(({ region }) => deploymentIn(region, access)))
  return { tables, deployed: deployed.filter((one) => one !== undefined) }
}

function warnOfLoss(config: Config, tables: readonly FoundTable[]): void {
  for (const table of tables.filter((one) => one.isProtected && config.homes.includes(one.region))) {
    console.error(
      `warning: -c retain=false: ${wordTable(table)} is protected no longer; whoever deletes the stack ${homeStackName(table.region)} deletes it too`,
    )
  }
}

async function deploymentIn(region: string, access: Access): Promise<Deployment | undefined> {
  const client = tableClient(access(region))
  try {
    return await dynamoStore(client, tableName).deployment()
  } catch {
    return
  } finally {
    client.destroy()
  }
}

/**
 * What stands before the caller's own options.
 *
 * `--require-approval never`: the CDK would ask for every new role of every stack, which it cannot while it
 * deploys several at once. Whoever wants to be asked says so, and has them one after the other.
 *
 * `--import-existing-resources`: a table that outlived its stack is adopted again with its history, where a
 * deployment would fail since it exists. CloudFormation imports what has a fixed name in the template, belongs
 * to no stack and has a DeletionPolicy of Retain; what does not exist it creates as ever (User Guide, "Import
 * AWS resources into a CloudFormation stack automatically"). Of what our stacks make only the table is retained.
 */
export function ownOptions({ options }: Pick<Arguments, 'options'>): readonly string[] {
  const asks = optionOf(options, 'require-approval') ?? 'never'
  const imports =
    contextOf(options, 'retain') !== 'false' &&
    optionOf(options, 'method') === undefined &&
    !options.some((option) => /^--(no-)?import-existing-resources\b/.test(option))
  return [
    '--all',
    ...(asks === 'never' && optionOf(options, 'concurrency') === undefined ? ['--concurrency', '4'] : []),
    ...(optionOf(options, 'require-approval') === undefined ? ['--require-approval', 'never'] : []),
    ...(imports ? ['--import-existing-resources'] : []),
  ]
}

/** Whether the CDK has done what it was about to do, not only prepared it. */
function isExecuted({ options }: Arguments): boolean {
  return optionOf(options, 'method') !== 'prepare-change-set' && !options.includes('--no-execute')
}

/** CloudFormation does not look: a table that was deleted by hand still exists to it, and nothing changes. */
async function refuseMissingTables(config: Config, access: Access): Promise<void> {
  for (const home of config.homes) {
    const isThere = await findTable(home, access).then(
      (table) => table !== undefined,
      () => true,
    )
    if (!isThere)
      throw new CommandFailure(
        `the stack ${homeStackName(home)} stands, but its table ${tableName} is not in ${home}: somebody deleted it, and a deployment does not notice. ` +
          'npm run destroy and then npm run deploy make an empty one; DynamoDB keeps a backup of the old one for 35 days',
      )
  }
}

/**
 * CloudFormation brings the plan only where the configuration is another than at the last deployment. One that
 * `upquorum apply` brought since would outlive a deployment of the old one; so the same as it does is done here.
 */
async function bringPlan(call: Arguments, config: Config, access: Access): Promise<void> {
  try {
    await applyEverywhere(config, { table: tableName }, access)
  } catch (error) {
    // Whoever may deploy by the roles of the bootstrap need not be allowed to read a table.
    if (!(error instanceof UnreadHome) || !(isDenied(error) || isUnanswered(error))) throw error
    console.error(planUnknown(call, error.message))
  }
}

function planUnknown({ file }: Arguments, why: string): string {
  return `deployed; whether the plan in force is that of ${file}, or one that "upquorum apply" brought since the last deployment, is not known: ${why}`
}

function fetchRunnerPackages(): void {
  for (const locked of Object.values(runnerPackages).map((name) => lockedPackage(name))) {
    if (isFetched(locked)) continue
    console.error(`fetching ${locked.name} ${locked.version} for the runners`)
    fetchPackage(locked)
  }
}
