import { Command, Option } from 'commander'
import type { Bench } from './bench.ts'
import { billed } from './billed/billed.ts'
import { bundles } from './bundles.ts'
import { capacity } from './capacity.ts'
import { cost } from './cost.ts'
import { delivery } from './delivery.ts'
import { halfOpen } from './half-open/half-open.ts'
import { probers } from './probers/probers.ts'
import { quorum } from './quorum.ts'
import { inJson, judge, type Measured, machine, renderReport } from './report.ts'

const benches: readonly Bench[] = [quorum, probers, halfOpen, capacity, delivery, bundles, billed, cost]

const { only, short, json, strict } = new Command('bench')
  .description(
    'Measures what upquorum costs, beside its targets, with medians of many rounds; about a quarter of an hour. ' +
      'Ratios travel, absolute figures do not: nothing else should run meanwhile.',
  )
  .addOption(new Option('--only <name>', 'one of the figures alone').choices(benches.map(({ name }) => name)))
  .option('--short', 'fewer rounds: some four minutes, enough to see whether a target is far off')
  .option('--json', 'one JSON object on stdout, with every target and whether it is met')
  .option('--strict', 'exit code 1 when a target is missed; otherwise that is only told')
  .addHelpText(
    'after',
    `\nFigures:\n${benches.map(({ name, title }) => `  ${name.padEnd(10)}  ${title}`).join('\n')}`,
  )
  .showHelpAfterError('(--help tells how to call it)')
  .parse()
  .opts<{ only?: string; short?: true; json?: true; strict?: true }>()

const form = short ? 'short' : 'full'
const date = new Date().toISOString().slice(0, 10)
const measured: Measured[] = []
if (!json) console.log(`${machine()}; ${date}, ${form} run\n`)
for (const bench of benches) {
  if (only !== undefined && only !== bench.name) continue
  if (!process.stderr.isTTY) console.error(`measuring: ${bench.title}`)
  const report = await bench.run({ short: short === true, progress })
  progress('')
  measured.push({ bench, report })
  if (!json) console.log(renderReport(bench, report))
}
const { met, missed } = judge(measured)
if (json) console.log(JSON.stringify({ machine: machine(), date, form, reports: inJson(measured) }))
// On stdout with the tables it belongs to; for whoever reads JSON it is in there, and told besides.
const tell = json ? console.error : console.log
if (missed.length > 0) tell(`${missed.length} of ${met + missed.length} targets MISSED:`)
else if (met > 0) tell(met === 1 ? 'the one target is met' : `all ${met} targets are met`)
for (const each of missed) tell(`  ${each}`)
if (strict && missed.length > 0) process.exitCode = 1

/** One line on a terminal, written over and over. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}
