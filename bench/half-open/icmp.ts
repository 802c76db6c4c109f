import { spawnSync } from 'node:child_process'
import type { Wire } from '../../test/netns/namespaces.ts'
import type { Line, Run } from '../bench.ts'
import { median } from '../statistics.ts'
import { pinged } from './load.ts'
import { timeoutMs } from './rate.ts'
import { type Family, families, load, ours, type Testbed } from './testbed.ts'

/** Whether this machine has fping to compare with. */
export const hasFping = spawnSync('fping', ['-v']).error === undefined

/** fping has no limit: up to one echo per address is in flight. */
const inFlight = 1024

/** Measures echoes per second, ours and fping's in turns. */
export async function measureEchoes({ wire }: Testbed, { short, progress }: Run): Promise<readonly Line[]> {
  const lines: Line[] = []
  const echoes = await wire.start('client', new URL('echoes.ts', import.meta.url).href)
  for (const family of families) {
    const perAddress = 10
    const count = perAddress * pinged(family).length
    const runs: readonly (readonly [string, () => unknown])[] = [
      [ours, () => load(echoes, { address: '', family, count, inFlight, timeoutMs })],
      ...(hasFping ? ([['fping', () => fping(wire, family, perAddress)]] as const) : []),
    ]
    const perSecond = new Map<string, number[]>(runs.map(([name]) => [name, []]))
    for (let turn = -1; turn < (short ? 7 : 21); turn++) {
      progress(`icmp: IPv${family}, ${turn < 0 ? 'warming up' : `turn ${turn + 1}`}`)
      for (const [name, run] of turn % 2 === 0 ? runs : runs.toReversed()) {
        const startMs = performance.now()
        await run()
        const seconds = (performance.now() - startMs) / 1000
        if (turn >= 0) perSecond.get(name)!.push(count / seconds)
      }
    }
    for (const [name, measured] of perSecond) {
      lines.push({ what: `IPv${family} echoes, ${name}`, values: { 'per s': median(measured) } })
    }
    const [our, their] = [perSecond.get(ours)!, perSecond.get('fping')]
    if (their === undefined) continue
    const ratios = our.map((rate, turn) => rate / their[turn]!)
    lines.push({ what: `IPv${family} echoes, ÷ fping`, values: { 'per s': median(ratios) } })
  }
  return lines
}

/** Runs fping as fast as it can: no pause between packets or rounds, and a summary per address at the end. */
function fping(wire: Wire, family: Family, perAddress: number): void {
  const options = ['-q', `-${family}`, '-i', '0', '-p', '1', '-c', `${perAddress}`, '-f', '-']
  wire.run('client', ['fping', ...options], pinged(family).join('\n'))
}
