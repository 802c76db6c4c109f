import { App } from 'aws-cdk-lib'
import { estimate } from '../shared/cost/estimate.ts'
import { makePlan } from '../shared/plan/make.ts'
import { readConfiguration } from './configuration.ts'
import { costSummary } from './cost-summary.ts'
import { readOptions } from './options.ts'
import { makeStacks } from './stacks.ts'

const app = new App()
try {
  const options = readOptions(app.node)
  const { config, warnings } = readConfiguration(options.file, options.emulated ? 'emulate' : 'look')
  if (!options.quiet) for (const warning of warnings) console.error(warning)
  makeStacks(app, config, options)
  if (!options.quiet) console.error(costSummary(estimate(config, await makePlan(config))))
} catch (error) {
  // The message says what is wrong; a stack trace would only bury it.
  console.error((error as Error).message)
  process.exit(1)
}
