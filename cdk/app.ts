import { App } from 'aws-cdk-lib'
import { readConfiguration } from './configuration.ts'
import { readOptions } from './options.ts'
import { makeStacks } from './stacks.ts'

const app = new App()
try {
  const options = readOptions(app.node)
  const { config, warnings } = readConfiguration(options.file, options.emulated)
  for (const warning of warnings) console.error(`warning: ${warning}`)
  makeStacks(app, config, options)
} catch (error) {
  // What is wrong is in the message; a stack trace would only hide it.
  console.error((error as Error).message)
  process.exit(1)
}
