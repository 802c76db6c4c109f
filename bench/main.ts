import { Command, Option } from 'commander'
import { type Bench, isMet, type Report } from './bench.ts'
import { billed } from './billed/billed.ts'
import { bundles } from './bundles.ts'
import { capacity } from './capacity.ts'
import { cost } from './cost.ts'
import { delivery } from './delivery.ts'
import { halfOpen } from './half-open/half-open.ts'
import { probers } from './probers/probers.ts'
import { quorum } from './quorum.ts'
import { machine, renderReport } from './report.ts'

const benches: readonly Bench[] = [quorum, probers, halfOpen, capacity, delivery, bundles, billed, cost]

const { only, short, json, strict } = new Command('bench')
  .description('Measures what upquorum costs, beside its targets. Ratios travel, absolute figures do not.')
  .addOption(new Option('--only <name>', 'one of the figures alone').choices(benches.map(({ name }) => name)))
  .option('--short', 'fewer rounds: a minute or two, less exact')
  .option('--json', 'one JSON object on stdout')
  .option('--strict', 'exit code 1 when a target is missed')
  .showHelpAfterError('(--help tells how to call it)')
  .parse()
  .opts<{ only?: string; short?: true; json?: true; strict?: true }>()

const reports: Record<string, Report> = {}
if (!json) console.log(`${machine()}${short ? ', short run' : ''}\n`)
for (const bench of benches) {
  if (only !== undefined && only !== bench.name) continue
  if (!process.stderr.isTTY) console.error(`measuring: ${bench.title}`)
  const report = await bench.run({ short: short === true, progress })
  progress('')
  reports[bench.name] = report
  if (!json) console.log(renderReport(bench, report))
}
if (json) console.log(JSON.stringify({ machine: machine(), short: short === true, reports }))

const missed = Object.values(reports).flatMap(({ lines }) =>
  lines.flatMap((line) => (line.targets ?? []).filter((target) => !isMet(line, target))),
)
if (missed.length > 0) console.error(`${missed.length} of the targets MISSED`)
if (strict && missed.length > 0) process.exitCode = 1

/** One line on a terminal, written over and over. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}
