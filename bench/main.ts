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
    'Measures upquorum and compares it with targets, as medians of many rounds; takes about a quarter of an hour. ' +
      'Ratios are comparable between machines, absolute numbers are not. Run nothing else at the same time.',
  )
  .addOption(new Option('--only <name>', 'run one benchmark only').choices(benches.map(({ name }) => name)))
  .option('--short', 'fewer rounds: about four minutes, enough to see whether a target is far off')
  .option('--json', 'print one JSON object, with every target and whether it is met')
  .option('--strict', 'exit code 1 if a target is missed; by default it is only reported')
  .addHelpText(
    'after',
    `\nBenchmarks:\n${benches.map(({ name, title }) => `  ${name.padEnd(10)}  ${title}`).join('\n')}`,
  )
  .showHelpAfterError('(see --help for usage)')
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
// On stdout below the tables; with --json, which already contains it, on stderr.
const report = json ? console.error : console.log
if (missed.length > 0) report(`${missed.length} of ${met + missed.length} targets MISSED:`)
else if (met > 0) report(met === 1 ? 'the only target is met' : `all ${met} targets are met`)
for (const each of missed) report(`  ${each}`)
if (strict && missed.length > 0) process.exitCode = 1

/** Shows a status line on a terminal, overwriting the previous one. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}
