import type { Config } from '../../shared/config/config.ts'
import { machinesOf } from '../../shared/config/machines.ts'
import { regionPattern } from '../../shared/config/regions.ts'
import type { Deployment } from '../../shared/plan/deployment.ts'
import { homeStackName, probeStackName, runnerStackName } from '../names.ts'

/**
 * What earlier deployments made and the configuration no longer names. The CDK knows the stacks of the
 * configuration only, so it neither changes nor destroys these.
 *
 * @param deployed what every home in reach was deployed with before.
 * @param tables the regions in which a table is.
 * @returns in lines, with the commands that remove it; none when nothing is left behind.
 */
export function describeOrphanedStacks(
  config: Config,
  deployed: readonly Deployment[],
  tables: readonly string[],
): readonly string[] {
  const named = new Set<string>([...config.regions, ...config.runners.map(({ name }) => name)])
  const homes = new Set([...deployed.flatMap((one) => one.homes), ...tables])
  const voters = new Set(deployed.flatMap((one) => one.voters))
  const withoutMachine = new Set(deployed.flatMap((one) => one.selfHosted ?? []))
  const staying = new Set(machinesOf(config).map(({ region }) => region))
  const lines = [
    ...[...homes]
      .filter((home) => !config.homes.includes(home))
      .map(
        (home) =>
          `the home ${home} goes on deciding and alerting by its last plan: ${deletion(homeStackName(home), home)}; its table stays`,
      ),
    ...[...voters]
      .filter((voter) => !named.has(voter) && !withoutMachine.has(voter))
      .map((voter) =>
        regionPattern.test(voter)
          ? `the voter ${voter} goes on running: ${deletion(probeStackName(voter), voter)}`
          : `the runner ${voter} goes on running where no other runner is left in its region: ${deletion(runnerStackName('<region>'), '<region>')}`,
      ),
    ...config.runners
      .filter(({ name, region, selfHosted }) => {
        const hadMachine = voters.has(name) && !withoutMachine.has(name)
        return selfHosted && hadMachine && !staying.has(region)
      })
      .map(
        ({ name, region }) =>
          `the machine of the runner ${name} goes on voting beside your own host: ${deletion(runnerStackName(region), region)}`,
      ),
  ]
  return lines.length === 0 ? [] : ['left as it is, since the configuration no longer names it:', ...lines]
}

function deletion(stack: string, region: string): string {
  return `aws cloudformation delete-stack --region ${region} --stack-name ${stack}`
}
