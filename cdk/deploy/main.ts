import { exitCodeOf } from '../../functions/cli/errors.ts'
import { CommandFailure } from '../../functions/terminal/failure.ts'
import type { Config } from '../../shared/config/config.ts'
import { readConfiguration } from '../configuration.ts'
import { type Arguments, contextOf, readArguments } from './arguments.ts'
import { pinnedCdk } from './cdk.ts'
import { terminalConfirm } from './confirm.ts'
import { deploy } from './deploy.ts'
import { destroy } from './destroy.ts'

/** Runs the command. Returns the exit code: 1 on failure, 2 on wrong usage. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const call = readArguments(args)
    if (call === undefined) return 0
    const config = configurationOf(call)
    if (call.command === 'deploy') await deploy(call, config, { cdk: pinnedCdk, environment: process.env })
    else await destroy(call, config, { cdk: pinnedCdk, ask: terminalConfirm() })
    return 0
  } catch (error) {
    return exitCodeOf(error)
  }
}

/** @throws {CommandFailure} with every error in the file, one per line. */
function configurationOf({ command, file, options }: Arguments): Config {
  const isEmulated = contextOf(options, 'emulated') === 'true'
  try {
    return readConfiguration(file, isEmulated ? 'emulate' : command === 'deploy' ? 'deploy' : 'look').config
  } catch (error) {
    throw new CommandFailure((error as Error).message)
  }
}
