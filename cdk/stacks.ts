import { type App, Tags, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import type { Config } from '../shared/config/config.ts'
import { machinesOf } from '../shared/config/machines.ts'
import { HomeStack } from './home-stack.ts'
import { homeStackName, probeStackName, runnerStackName } from './names.ts'
import type { Options } from './options.ts'
import { ProbeStack } from './probe-stack.ts'
import { RunnerStack } from './runner-stack.ts'

/**
 * Creates a home stack per home, a probe stack per voting region and a runner stack per region with runner machines.
 * cdk-nag checks all of them at synth.
 */
export function makeStacks(app: App, config: Config, options: Options): void {
  const homes = config.homes.map(
    (region) =>
      new HomeStack(app, homeStackName(region), {
        env: { region },
        description: 'upquorum: the table, the quorum and the contacts of one home',
        config,
        options,
      }),
  )
  for (const voter of config.regions) {
    const probe = new ProbeStack(app, probeStackName(voter), {
      env: { region: voter },
      description: 'upquorum: the voter of one region',
      config,
      options,
      voter,
    })
    // Ballots are written to the homes' tables, so those must exist first.
    for (const home of homes) probe.addStackDependency(home)
  }
  for (const region of new Set(machinesOf(config).map((runner) => runner.region))) {
    const runners = new RunnerStack(app, runnerStackName(region), {
      env: { region },
      description: 'upquorum: the runners of one region',
      config,
      options,
      region,
    })
    for (const home of homes) runners.addStackDependency(home)
  }
  Tags.of(app).add('app', 'upquorum')
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
}
