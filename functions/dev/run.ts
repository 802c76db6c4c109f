import { relative, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { type Tick, tickAtOrAfter } from '../../shared/check.ts'
import type { Config } from '../../shared/config/config.ts'
import type { Line } from '../../shared/replay/lines.ts'
import { systemClock as clock } from '../runtime/clock.ts'
import { usesColour } from '../terminal/colour.ts'
import { buildCloud } from './cloud/cloud.ts'
import { takeFolder } from './folder.ts'
import { createTally, type Tally } from './screen/tally.ts'
import { createTerminal, type Terminal } from './screen/terminal.ts'
import { clockOf } from './screen/tick-line.ts'

export interface RunOptions {
  readonly config: Config
  /** The data folder and the path of the configuration. If absent, data is kept in memory and lost at the end. */
  readonly kept?: { readonly folder: string; readonly file: string }
  /** Print JSON lines instead of text. */
  readonly json: boolean
  /** Stop after this time; if absent, run until Ctrl-C. */
  readonly forMs?: number
  /** Called when the ticks begin. `say` prints a remark between the lines, except with `json`. */
  onStart?(say: (text: string) => void): void
}

/**
 * Runs the local cloud until Ctrl-C or for a given time, and prints what happens. At the end it finishes and delivers
 * the ticks in progress, then prints the summary.
 */
export async function run(options: RunOptions): Promise<void> {
  const { config, json, kept } = options
  const enabled = config.checks.filter((check) => check.enabled)
  const folder = kept === undefined ? undefined : await takeFolder(kept.folder, resolve(kept.file))
  const terminal = json ? undefined : terminalFor(config)
  let tally: Tally | undefined
  const early: Line[] = []
  const show = (line: Line) => (terminal ? terminal.line(line) : console.log(JSON.stringify(line)))
  function emit(line: Line): void {
    if (tally === undefined) early.push(line)
    else {
      if (line.type === 'ballot' || line.type === 'transition') tally.add(line)
      show(line)
    }
  }

  if (kept !== undefined && folder?.formerFile !== undefined) {
    emit({ type: 'warning', message: wordFormerFile(kept.folder, folder.formerFile) })
  }
  const cloud = await buildCloud({
    config,
    ...(folder === undefined ? {} : { databasePath: folder.databasePath }),
    emit,
  })
  folder?.announce(cloud.addresses)
  const statuses = new Map(cloud.statuses.map(({ check, status }) => [check.name, status]))
  const counted = createTally(enabled.map(({ name }) => ({ name, status: statuses.get(name) ?? 'pending' })))
  tally = counted
  for (const line of early) emit(line)

  const stopListening = terminal === undefined ? () => {} : onEnter(terminal, () => show(counted.summary()))
  const firstTick = firstTickOf(enabled)
  cloud.start()
  options.onStart?.((text) => terminal?.say(text))
  terminal?.begin(firstTick)
  const cause = await ending(options.forMs)
  if (cause === 'signal' && process.stdout.isTTY) {
    terminal?.say('Finishing the current tick; press Ctrl-C again to stop at once.')
  }
  await cloud.stop()
  await folder?.release()
  terminal?.flush()
  const summary = counted.summary()
  if (summary.ticks === 0 && clock.now() < firstTick * 1000) {
    terminal?.say(`The run ended before its first tick, at ${clockOf(firstTick)} UTC.`)
  }
  show(summary)
  stopListening()
}

function firstTickOf(enabled: Config['checks']): Tick {
  const nowSeconds = clock.now() / 1000
  return Math.min(...enabled.map(({ intervalSeconds }) => tickAtOrAfter(nowSeconds, intervalSeconds))) as Tick
}

function wordFormerFile(folder: string, file: string): string {
  return (
    `the last run in ${folder} used ${relative('', file)}: checks that only that file has are now removed, and ` +
    'their contacts are told; use --data to keep the runs of two files apart'
  )
}

function terminalFor(config: Config): Terminal {
  const { stdout, env } = process
  const interactive = stdout.isTTY === true && env.TERM !== 'dumb'
  // An empty value counts as unset (POSIX, 8.2 Internationalization Variables).
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || 'UTF-8'
  return createTerminal({
    write: (text) => stdout.write(text),
    columns: () => stdout.columns ?? 100,
    colour: usesColour(stdout),
    interactive,
    unicode: interactive && /utf-?8/i.test(locale),
    clock,
    checks: config.checks.filter((check) => check.enabled),
    // Sorted, as in plans and evidence.
    voters: [...new Set(config.checks.flatMap(({ voters }) => voters))].sort(),
  })
}

/** Calls `show` at each press of Enter. Returns a function that stops listening. */
function onEnter(terminal: Terminal, show: () => void): () => void {
  if (!process.stdin.isTTY) return () => {}
  const lines = createInterface({ input: process.stdin })
  lines.on('line', () => {
    terminal.entered()
    show()
  })
  return () => lines.close()
}

/**
 * Resolves at the first SIGINT or SIGTERM, or when the time is up. A second SIGINT exits at once; a second SIGTERM does
 * not, since a supervisor that signals the whole group reaches this process twice, once through the launcher.
 */
function ending(forMs: number | undefined): Promise<'signal' | 'time'> {
  const { promise, resolve } = Promise.withResolvers<'signal' | 'time'>()
  const cancel = forMs === undefined ? () => {} : clock.timer(forMs, () => resolve('time'))
  let interrupted = false
  function onSignal(signal: NodeJS.Signals): void {
    if (interrupted && signal === 'SIGINT') process.exit(130)
    interrupted ||= signal === 'SIGINT'
    cancel()
    resolve('signal')
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return promise
}
