import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { readConfiguration } from './configuration.ts'
import { tableName } from './names.ts'
import {
  fetchPackage,
  isFetched,
  type LockedPackage,
  lockedPackage,
  runnerPackages,
} from './runner-packages.ts'

// `npm run deploy` and `npm run destroy`: the pinned CDK for all stacks, with the right options.

const root = join(import.meta.dirname, '..')
const [, , command, ...rest] = process.argv
const isNamed = rest[0] !== undefined && !rest[0].startsWith('-')
const file = isNamed ? rest[0]! : 'upquorum.yaml'
const options = isNamed ? rest.slice(1) : rest

try {
  if (command === 'deploy') await deploy()
  else if (command === 'destroy') await destroy()
  else throw new Error('usage: npm run deploy [file] [-- options of the CDK], or npm run destroy likewise')
} catch (error) {
  console.error((error as Error).message)
  process.exit(1)
}

async function deploy(): Promise<void> {
  const { config } = readConfiguration(file, options.includes('emulated=true'))
  if (config.runners.length > 0)
    for (const name of Object.values(runnerPackages)) fetchMissing(lockedPackage(name))
  // Where a region has been bootstrapped this changes nothing; where not, nothing could be deployed.
  await cdk('bootstrap')
  await cdk('deploy', '--all', '--concurrency', '4')
}

function fetchMissing(locked: LockedPackage): void {
  if (isFetched(locked)) return
  console.error(`fetching ${locked.name} ${locked.version} for the runners`)
  fetchPackage(locked)
}

async function destroy(): Promise<void> {
  const { config } = readConfiguration(file, options.includes('emulated=true'))
  await cdk('destroy', '--all')
  if (options.includes('retain=false')) return
  for (const home of config.homes) {
    console.error(
      `the table ${tableName} in ${home} and its history are still there. To delete them too, for good:\n` +
        `  aws dynamodb update-table --region ${home} --table-name ${tableName} --no-deletion-protection-enabled\n` +
        `  aws dynamodb delete-table --region ${home} --table-name ${tableName}`,
    )
  }
}

/** @throws when the CDK does not end well; it has said why. */
async function cdk(...args: string[]): Promise<void> {
  const child = spawn(
    process.execPath,
    [join(root, 'node_modules/aws-cdk/bin/cdk'), ...args, '-c', `config=${file}`, ...options],
    { cwd: root, stdio: 'inherit' },
  )
  const code = await new Promise<number | null>((done, failed) => {
    child.on('error', failed)
    child.on('close', done)
  })
  if (code !== 0) throw new Error(`cdk ${args[0]} ended with ${code}`)
}
