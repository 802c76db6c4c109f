import type { Config } from '../../shared/config/config.ts'
import { machinesOf } from '../../shared/config/machines.ts'
import { regionPattern } from '../../shared/config/regions.ts'
import type { Deployment } from '../../shared/plan/deployment.ts'
import { homeStackName, probeStackName, runnerStackName } from '../names.ts'

/**
 * Describes stacks of earlier deployments that the configuration no longer names. The CDK only knows the stacks of the
 * current configuration, so it neither changes nor destroys them.
 *
 * @param deployed the previous deployment of every home within reach.
 * @param tables the regions that have a table.
 * @returns lines with the commands that remove the stacks; none if nothing is left behind.
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
          `the home ${home} still decides and alerts by its last plan: ${deletion(homeStackName(home), home)}; its table stays`,
      ),
    ...[...voters]
      .filter((voter) => !named.has(voter) && !withoutMachine.has(voter))
      .map((voter) =>
        regionPattern.test(voter)
          ? `the voter ${voter} still runs: ${deletion(probeStackName(voter), voter)}`
          : `the runner ${voter} still runs if no other runner is left in its region: ${deletion(runnerStackName('<region>'), '<region>')}`,
      ),
    ...config.runners
      .filter(({ name, region, selfHosted }) => {
        const hadMachine = voters.has(name) && !withoutMachine.has(name)
        return selfHosted && hadMachine && !staying.has(region)
      })
      .map(
        ({ name, region }) =>
          `the machine of the runner ${name} still votes beside your own host: ${deletion(runnerStackName(region), region)}`,
      ),
  ]
  return lines.length === 0 ? [] : ['left unchanged, because the configuration no longer names it:', ...lines]
}

function deletion(stack: string, region: string): string {
  return `aws cloudformation delete-stack --region ${region} --stack-name ${stack}`
}
