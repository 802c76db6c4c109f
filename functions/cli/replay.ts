import { createInterface } from 'node:readline'
import { type Command, InvalidArgumentError } from 'commander'
import type { Delay } from '../../shared/check.ts'
import type { Config } from '../../shared/config/config.ts'
import { parseLine } from '../../shared/replay/parse.ts'
import { type Replayed, recordingOf, replay } from '../../shared/replay/replay.ts'
import { readConfig } from './configuration.ts'
import { CommandFailure } from './failure.ts'

export function define(command: Command): void {
  command
    .description(
      'Reads ballots as JSON lines from stdin, as "upquorum dev --json" writes them, decides them with the ' +
        'quorum of the configuration and writes the transitions as JSON lines to stdout.',
    )
    .argument('<file>', 'the configuration')
    .option('--confirmations <n>', 'so many voters must agree, for every check', readCount)
    .option('--delay <n>', 'so many ticks in a row, for every check; or <down>,<up>', readDelay)
    .action(replayStdin)
}

async function replayStdin(file: string, options: Overrides) {
  const checks = replayed(readConfig(file), options)
  const { recording, add } = recordingOf(checks)
  const warned = new Set<string>()
  let number = 0
  for await (const text of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    number++
    const line = parseLine(text)
    if (line.kind === 'error') throw new CommandFailure(`stdin:${number}: ${line.message}`)
    if (line.kind === 'other') continue
    for (const warning of addBallot(line.ballot)) {
      if (warned.has(warning)) continue
      warned.add(warning)
      console.error(`stdin:${number}: warning: ${warning}`)
    }
  }
  for (const transition of replay(checks, recording)) console.log(JSON.stringify(transition))

  function addBallot(ballot: Parameters<typeof add>[0]): readonly string[] {
    try {
      return add(ballot)
    } catch (error) {
      throw new CommandFailure(`stdin:${number}: ${(error as Error).message}`)
    }
  }
}

interface Overrides {
  readonly confirmations?: number
  readonly delay?: Delay
}

function replayed(config: Config, { confirmations, delay }: Overrides): readonly Replayed[] {
  return config.checks.map((check) => {
    if (confirmations !== undefined && confirmations > check.voters.length) {
      const voters = `${check.voters.length} voter${check.voters.length === 1 ? '' : 's'}`
      throw new CommandFailure(`--confirmations ${confirmations}: ${check.name} has only ${voters}`, 2)
    }
    return {
      name: check.name,
      ...(check.slowMs === undefined ? {} : { slowMs: check.slowMs }),
      voters: check.voters,
      intervalSeconds: check.intervalSeconds,
      confirmations: confirmations ?? check.confirmations,
      delay: delay ?? check.delay,
    }
  })
}

function readCount(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new InvalidArgumentError('It must be a whole number, at least 1.')
  return Number(text)
}

function readDelay(text: string): Delay {
  const [down, up = down, ...more] = text.split(',')
  if (more.length > 0) throw new InvalidArgumentError('It must be one number, or two with a comma: down,up.')
  return { down: readCount(down!), up: readCount(up!) }
}
