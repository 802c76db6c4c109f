import { awsFailure } from '../../functions/cli/aws-failure.ts'
import { CommandFailure } from '../../functions/terminal/failure.ts'
import type { Config } from '../../shared/config/config.ts'
import { machinesOf } from '../../shared/config/machines.ts'
import { homeStackName, probeStackName, runnerStackName, tableName } from '../names.ts'
import { type Access, accessOf } from './access.ts'
import { type Arguments, contextOf } from './arguments.ts'
import type { Cdk } from './cdk.ts'
import type { Confirm } from './confirm.ts'
import { deleteTable, type FoundTable, findTable, isOurs, wordTable } from './tables.ts'

const consents = ['--force', '-f', '--yes', '-y']

/**
 * Deletes every stack of the configuration. The tables stay, unless `-c retain=false` is given and confirmed in a
 * second question.
 *
 * @param ask undefined if there is no terminal.
 */
export async function destroy(
  call: Arguments,
  config: Config,
  { cdk, ask }: { readonly cdk: Cdk; readonly ask: Confirm | undefined },
): Promise<void> {
  const access = accessOf(call)
  const withTables = contextOf(call.options, 'retain') === 'false'
  const tables = await findTables(config, access)
  if (!withTables) refuseUnprotected(call, tables)
  if (!call.options.some((option) => consents.includes(option))) {
    if (ask === undefined) throw new CommandFailure(noTerminal(call), 2)
    if (!(await isConfirmed(config, withTables ? tables : [], ask)))
      throw new CommandFailure('nothing was destroyed')
  }
  const options = call.options.filter((option) => !consents.includes(option))
  // We ask instead of the CDK, which exits with 0 after "no" as after "yes".
  if (!(await cdk({ ...call, options }, 'destroy', '--all', '--force', '-c', 'quiet=true')))
    throw new CommandFailure(
      "not everything was destroyed; see the CDK's output above for what is left and why. No table that outlives its stack was touched. Fix the cause, then npm run destroy again",
    )
  for (const table of await findTables(config, access)) {
    if (withTables) await remove(table, access)
    else
      console.error(
        `${wordTable(table)} stays, protected from deletion. npm run deploy adopts it again; to delete it permanently:\n` +
          `  ${again(call)} -c retain=false`,
      )
  }
}

async function findTables(config: Config, access: Access): Promise<readonly FoundTable[]> {
  const found = await Promise.all(
    config.homes.map((home) =>
      findTable(home, access).catch((error: unknown) => {
        throw awsFailure(
          `cannot check whether ${home} has a table to keep, so nothing more is destroyed`,
          error,
        )
      }),
    ),
  )
  return found.filter((table) => table !== undefined).filter(isOurs)
}

/** A table deployed with `-c retain=false` is deleted with its stack, even without that option now. */
function refuseUnprotected(call: Arguments, tables: readonly FoundTable[]): void {
  const open = tables.filter(({ isProtected }) => !isProtected)
  if (open.length === 0) return
  throw new CommandFailure(
    [
      ...open.map(
        (table) =>
          `${wordTable(table)} is not protected and may be deleted with its stack. Nothing was destroyed`,
      ),
      `- to keep it: npm run deploy ${call.file}, then npm run destroy again`,
      `- to delete it: ${again(call)} -c retain=false`,
    ].join('\n'),
  )
}

async function isConfirmed(config: Config, lost: readonly FoundTable[], ask: Confirm): Promise<boolean> {
  const stacks = [
    ...config.homes.map(homeStackName),
    ...config.regions.map(probeStackName),
    ...new Set(machinesOf(config).map(({ region }) => runnerStackName(region))),
  ]
  console.error(['these stacks will be deleted:', ...stacks.map((stack) => `  ${stack}`)].join('\n'))
  if (!/^y(es)?$/i.test(await ask('Delete them? (y/n) '))) return false
  if (lost.length === 0) return true
  console.error(
    [
      'and with them, permanently, the history, the plans and the status of every check:',
      ...lost.map((table) => `  ${wordTable(table)}`),
      'DynamoDB keeps a last backup of each for 35 days.',
    ].join('\n'),
  )
  return (await ask(`Type ${tableName} to delete them: `)) === tableName
}

async function remove(table: FoundTable, access: Access): Promise<void> {
  try {
    await deleteTable(table, access)
  } catch (error) {
    throw awsFailure(`${wordTable(table)} could not be deleted`, error)
  }
  console.error(`${wordTable(table)} was deleted`)
}

function noTerminal(call: Arguments): string {
  return `destroy asks before it deletes, and there is no terminal to ask on; to delete without asking: ${again(call)} --force`
}

/** The same command line again, to which another option can be appended. */
function again({ command, file, options }: Arguments): string {
  const others = options.filter((option) => !consents.includes(option))
  return ['npm run', command, file, '--', ...others].join(' ')
}
