import { userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import type { Config } from '../../shared/config/config.ts'
import { probers } from '../../shared/probers/index.ts'
import { durationPattern, formatDuration, parseDurationMs } from '../../shared/text/duration.ts'
import { run } from '../dev/run.ts'
import { devUnit } from '../dev/systemd-unit.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { defaultFile, readConfig } from './configuration.ts'
import { dataOption } from './data-option.ts'

export function define(command: Command): void {
  command
    .description(
      'Runs the whole pipeline in one process: every region and runner votes from this machine, the quorum decides, ' +
        'and alerts are shown as contacts would receive them. Enter shows a summary; Ctrl-C finishes the current ' +
        'tick and stops.',
    )
    .argument('[file]', 'the configuration', defaultFile)
    .addOption(dataOption('where to keep the table between runs'))
    .option('--for <duration>', 'stop after this long, such as 60s or 5m', readDuration)
    .option('--json', 'print JSON lines instead of text')
    .option('--systemd', 'print a systemd unit that runs this as a service, and end')
    .action(dev)
}

interface DevOptions {
  readonly data: string
  readonly for?: number
  readonly json?: true
  readonly systemd?: true
}

async function dev(file: string, options: DevOptions) {
  const config = readConfig(file)
  if (!config.checks.some(({ enabled }) => enabled)) {
    throw new CommandFailure(`${file} has no enabled check: there is nothing to run`)
  }
  if (options.systemd) return console.log(unitOf(config, file, options).trimEnd())
  await run({
    config,
    kept: { folder: options.data, file },
    json: options.json === true,
    ...(options.for === undefined ? {} : { forMs: options.for }),
  })
}

/** The unit of this very command, run from the present folder by the present user. */
function unitOf({ checks }: Config, file: string, options: DevOptions): string {
  const enabled = checks.filter((check) => check.enabled)
  const main = join(import.meta.dirname, 'main.ts')
  const json = options.json ? ['--json'] : []
  return devUnit({
    command: [process.execPath, main, 'dev', resolve(file), '--data', resolve(options.data), ...json],
    file: resolve(file),
    workingFolder: process.cwd(),
    user: userInfo().username,
    needsRaw: enabled.some(({ kind }) => probers[kind].needs === 'raw'),
    longestTimeoutMs: Math.max(...enabled.map(({ timeoutMs }) => timeoutMs)),
  })
}

/** The longest delay of a timer, 2^31 - 1 ms, rounded down to whole days. */
const maxMs = 24 * 86_400_000

function readDuration(text: string): number {
  const ms = durationPattern.test(text) ? parseDurationMs(text) : 0
  if (ms >= 1 && ms <= maxMs) return ms
  throw new InvalidArgumentError(`It must be a duration such as 60s or 5m, at most ${formatDuration(maxMs)}.`)
}
