import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import type { CheckName } from '../../shared/check.ts'
import type { Config } from '../../shared/config/config.ts'
import { parseFile } from '../../shared/config/file.ts'
import { suggest } from '../../shared/config/read/nearest.ts'
import { createResolver } from '../../shared/network/resolve.ts'
import { makePlan } from '../../shared/plan/make.ts'
import type { PlannedCheck } from '../../shared/plan/plan.ts'
import { type Probed, probeShard } from '../../shared/probing/shard.ts'
import { isSlow } from '../../shared/quorum/ballot.ts'
import { createSecrets } from '../../shared/secrets/resolve.ts'
import { quoteText } from '../../shared/text/escape.ts'
import { systemClock as clock } from '../runtime/clock.ts'
import { openSocketsFor } from '../runtime/raw.ts'
import { createPaint, usesColour } from '../terminal/colour.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { type Checked, renderChecks } from './check-table.ts'
import { defaultFile, readConfig } from './configuration.ts'

export function define(command: Command): void {
  command
    .description(
      'Probes every enabled check of a configuration, or only the named ones, once from this machine, and shows ' +
        'how long each phase took. Exit code 1 if a check is offline or could not be probed.',
    )
    .argument('[file]', 'the configuration', defaultFile)
    .argument('[names...]', 'probe only these checks, enabled or not')
    .option('--json', 'print one JSON object per check')
    .action(check)
}

async function check(file: string, names: readonly string[], { json }: { readonly json?: true }) {
  const checks = await selected(readNamed(file, names), names)
  const raw = await openSocketsFor(
    checks.map(({ kind }) => kind),
    (message) => console.error(message),
  )
  const found = await probeShard(
    { checks },
    {
      clock,
      createResolver: () => createResolver(),
      secret: createSecrets({ clock, env: (name) => process.env[name] }),
      privateAllowed: true,
      raw,
    },
  ).finally(() => raw?.close())
  const checked = checks.map((check, index) => ({ check, probed: withSlow(check, found[index]!) }))
  if (json) for (const one of checked) console.log(JSON.stringify(lineOf(one)))
  else
    for (const line of renderChecks(
      checked,
      createPaint(usesColour(process.stdout)),
      process.stdout.columns ?? Number.POSITIVE_INFINITY,
    ))
      console.log(line)
  const failed = checked.filter(
    ({ probed }) => probed.vote.vote === 'offline' || probed.vote.vote === 'abstain',
  )
  if (failed.length > 0) process.exitCode = 1
}

/** Reads the configuration. A check's name given in place of the file gets an error that shows the right call. */
function readNamed(file: string, names: readonly string[]): Config {
  const isCheck = () => parseFile(defaultFile).config?.checks.some(({ name }) => name === file) === true
  if (existsSync(file) || !existsSync(defaultFile) || !isCheck()) return readConfig(file)
  throw new CommandFailure(
    `${file} is a check, not a file; run: upquorum check ${[defaultFile, file, ...names].join(' ')}`,
    2,
  )
}

/** The checks to probe, in the order of the file. */
async function selected(config: Config, names: readonly string[]): Promise<readonly PlannedCheck[]> {
  for (const name of names) {
    if (config.checks.some((check) => check.name === name)) continue
    const known = config.checks.map((check) => check.name)
    throw new CommandFailure(`unknown check ${quoteText(name)}; ${suggest(name, known)}`, 2)
  }
  const wanted = config.checks.filter(({ name, enabled }) =>
    names.length === 0 ? enabled : names.includes(name),
  )
  if (wanted.length === 0) throw new CommandFailure('no check is enabled; name the checks to probe')
  const plan = await makePlan({ ...config, checks: wanted.map((check) => ({ ...check, enabled: true })) })
  const planned = new Map<CheckName, PlannedCheck>()
  for (const shard of plan.shards) for (const check of shard.checks) planned.set(check.name, check)
  return wanted.map(({ name }) => planned.get(name)!)
}

function withSlow(check: PlannedCheck, probed: Probed): Probed {
  const { vote } = probed
  if (vote.vote !== 'online' || !isSlow(vote.ms, check)) return probed
  return { ...probed, vote: { ...vote, vote: 'slow' } }
}

function lineOf({ check, probed: { vote, phases, note } }: Checked) {
  const rounded = Object.entries(phases).map(([phase, ms]) => [phase, roundMs(ms)])
  return {
    type: 'check',
    check: check.name,
    kind: check.kind,
    target: check.label,
    ...('ms' in vote ? { ...vote, ms: roundMs(vote.ms) } : vote),
    phases: Object.fromEntries(rounded),
    note,
  }
}

/** Rounds to microseconds, the resolution of the clock. */
function roundMs(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
