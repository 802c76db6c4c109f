import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { layWire, namespacesMissing } from '../../test/netns/namespaces.ts'
import type { Bench, Line, Report, Run } from '../bench.ts'
import { median } from '../statistics.ts'
import { busyInFlight, measureBusy } from './busy.ts'
import { peakMegabytes } from './cost.ts'
import { hasFping, measureEchoes } from './icmp.ts'
import { inFlight, measureRates, type Rate, type Turn } from './rate.ts'
import { measureRtts } from './rtt.ts'
import { buildShaker } from './shaker.ts'
import { families, layTestbed, ours, plain, shaker, type Testbed } from './testbed.ts'

export const halfOpen: Bench = {
  name: 'half-open',
  title: 'Half-open checks and pings between two network namespaces',
  async run(run) {
    if (namespacesMissing !== undefined) return { notes: [`Skipped: ${namespacesMissing}.`], lines: [] }
    const wire = layWire()
    const folder = mkdtempSync(join(tmpdir(), 'upquorum-bench-'))
    const clean = async () => {
      rmSync(folder, { recursive: true, force: true })
      await wire.close()
    }
    const onSignal = () => void clean().finally(() => process.exit(1))
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
    try {
      run.progress('half-open: go build')
      const built = buildShaker(folder)
      const bed = await layTestbed(wire, { folder, shakerPath: 'path' in built ? built.path : undefined })
      const { notes, lines } = await measure(bed, run)
      const skipped = [
        ...('missing' in built ? [`tcp-shaker was not measured: ${built.missing}.`] : []),
        ...(hasFping ? [] : ['fping was not measured: "apt-get install fping" installs it.']),
      ]
      return { notes: [...notes, ...skipped], lines }
    } finally {
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
      await clean()
    }
  },
}

const acceptedAt = busyInFlight.map((atOnce) => `accepted % of ${atOnce}`)

const notes = [
  `A veth pair, 64 listening ports, ${inFlight} checks in flight. The programs, each its own process, take turns; all values and`,
  'ratios are medians over the turns. CPU s: user and system time of the process per 100,000 checks. MB: peak resident',
  'memory; ours and the plain loop are one file each, as on a runner, and Node alone takes 44. µs off: how far the reported',
  "round trips, one check at a time, are from the kernel's timestamps of SYN and SYN-ACK on the client's device. accepted",
  "% of n: with n checks in flight on busy cores, the share that the server's accept() returned. Both in 5 rounds (short: 3)",
  'that alternate: medians of µs off, sums of accepted. plain loop: sends prebuilt SYNs with sendmmsg and counts the answers',
  'without reading them. Echoes carry 56 bytes and go to 2,000 addresses.',
]

async function measure(bed: Testbed, run: Run): Promise<Report> {
  const turns = await measureRates(bed, run)
  const megabytes = new Map([...bed.checkers].map(([name, { pid }]) => [name, peakMegabytes(pid)]))
  const rtts = await measureRtts(bed, run)
  const accepted = await measureBusy(bed, run)
  const lines: Line[] = []
  for (const family of families) {
    const of = (name: string, pick: (rate: Rate) => number) =>
      median(turns[family].map((turn) => pick(turn.get(name)!)))
    for (const name of bed.checkers.keys()) {
      const rtt = rtts[family].get(name)
      const shares = accepted[family].get(name)?.map((share, index) => [acceptedAt[index]!, share])
      lines.push({
        what: `IPv${family}, ${name}`,
        values: {
          'per s': of(name, ({ perSecond }) => perSecond),
          'CPU s': of(name, ({ cpu }) => cpu),
          MB: megabytes.get(name)!,
          ...(rtt !== undefined && { 'µs off': rtt.medianUs, 'p99 off': rtt.p99Us }),
          ...(shares !== undefined && Object.fromEntries(shares)),
        },
        ...(name === ours && { targets: acceptedAt.map((value) => ({ value, atMost: 0 })) }),
      })
    }
    lines.push(...ratios(`IPv${family}`, turns[family], bed.checkers.has(shaker)))
  }
  return { notes, lines: [...lines, ...(await measureEchoes(bed, run))] }
}

function ratios(what: string, turns: readonly Turn[], hasShaker: boolean): readonly Line[] {
  const to = (name: string) => ({
    'per s': median(turns.map((turn) => turn.get(ours)!.perSecond / turn.get(name)!.perSecond)),
    'CPU s': median(turns.map((turn) => turn.get(ours)!.cpu / turn.get(name)!.cpu)),
  })
  const toPlain: Line = {
    what: `${what}, ÷ ${plain}`,
    values: to(plain),
    targets: [{ value: 'per s', atLeast: 0.9 }],
  }
  if (!hasShaker) return [toPlain]
  const toShaker: Line = {
    what: `${what}, ÷ ${shaker}`,
    values: to(shaker),
    targets: [
      { value: 'per s', atLeast: 1.7 },
      { value: 'CPU s', atMost: 0.4 },
    ],
  }
  return [toShaker, toPlain]
}
