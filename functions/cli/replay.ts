import { type Command, InvalidArgumentError } from 'commander'
import type { Delay } from '../../shared/check.ts'
import type { Config } from '../../shared/config/config.ts'
import type { BallotLine } from '../../shared/replay/lines.ts'
import { parseLine } from '../../shared/replay/parse.ts'
import { createRecording, type Replayed } from '../../shared/replay/recording.ts'
import { replay } from '../../shared/replay/replay.ts'
import { escapeForTerminal } from '../../shared/text/escape.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { readConfig } from './configuration.ts'
import { numberedLines } from './stdin.ts'

export function define(command: Command): void {
  command
    .description(
      'Reads ballots as JSON lines from stdin, as "upquorum dev --json" prints them, decides them with the ' +
        'quorum settings of the configuration and prints the transitions as JSON lines. Exit code 1 if the ' +
        'recording is unusable or holds no ballots.',
    )
    .argument('<file>', 'the configuration')
    .option('--confirmations <n>', 'voters that must agree, for every check', readCount)
    .option('--delay <n>', 'consecutive ticks needed, for every check: <n> or <down>,<up>', readDelay)
    .action(replayStdin)
}

async function replayStdin(file: string, options: Overrides) {
  const checks = replayed(readConfig(file), options)
  const recording = createRecording(checks)
  const warnings = createWarnings()
  if (process.stdin.isTTY) console.error('reading ballots from the terminal until Ctrl-D')
  let ballots = 0
  for await (const [number, text] of numberedLines()) {
    const line = parseLine(text)
    if (line.kind === 'error') throw new CommandFailure(`stdin:${number}: ${line.message}`)
    if (line.kind !== 'ballot') continue
    ballots++
    for (const warning of added(line.ballot, number)) warnings.tell(number, warning)
  }
  warnings.end()
  if (ballots === 0)
    throw new CommandFailure('stdin contains no ballots; pipe in the output of "upquorum dev --json"')
  for (const transition of replay(checks, recording)) console.log(JSON.stringify(transition))

  function added(ballot: BallotLine, number: number): readonly string[] {
    try {
      return recording.add(ballot)
    } catch (error) {
      throw new CommandFailure(`stdin:${number}: ${(error as Error).message}`)
    }
  }
}

/** Maximum distinct warnings printed; further ones are only counted. */
const maxWarnings = 20

/** Prints each distinct warning once, at the first line that causes it. */
function createWarnings() {
  const told = new Set<string>()
  let more = 0
  return {
    tell(number: number, warning: string): void {
      if (told.has(warning)) return
      if (told.size === maxWarnings) {
        more++
        return
      }
      told.add(warning)
      console.error(`stdin:${number}: warning: ${escapeForTerminal(warning)}`)
    },
    end(): void {
      if (more > 0) console.error(`stdin: ${more} more warnings`)
    },
  }
}

interface Overrides {
  readonly confirmations?: number
  readonly delay?: Delay
}

function replayed(config: Config, { confirmations, delay }: Overrides): readonly Replayed[] {
  const enabled = config.checks.filter((check) => check.enabled)
  return enabled.map((check) => {
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
  if (!count.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 to 999.')
  return Number(text)
}

function readDelay(text: string): Delay {
  const [down, up = down, ...more] = text.split(',')
  if (more.length > 0 || !count.test(down!) || !count.test(up!)) {
    throw new InvalidArgumentError('It must be a whole number from 1 to 999, or two with a comma: down,up.')
  }
  return { down: Number(down), up: Number(up) }
}

const count = /^[1-9]\d{0,2}$/
