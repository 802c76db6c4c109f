import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { lambdaSlowness, vcpuMemoryMb } from '../../shared/cost/units.ts'
import { lambdaMs } from '../../shared/cost/work.ts'
import { type Asset, shipAssets } from '../assets.ts'
import type { Bench, Line } from '../bench.ts'
import { kinds, type Serving } from '../probers/servers.ts'
import { type Measured, measure, measureEmpty } from './measure.ts'
import { deciding, probing, type Scene, scheduling, sweeping, telling } from './scenes.ts'

const checksPerShard = 200
/** 10,000 checks. */
const manyShards = 50
/** units.ts may assume as little as half of what is measured, since the machine is noisy. Less understates the bill. */
const minRatio = 0.5

/** What AWS bills for a tick: the CPU time and duration of one invocation of each function. */
export const billed: Bench = {
  name: 'billed',
  title: `Billed work of one tick with ${checksPerShard} checks`,
  async run(run) {
    const servers = fork(fileURLToPath(new URL('../probers/servers.ts', import.meta.url)))
    const empty = mkdtempSync(join(tmpdir(), 'upquorum-billed-'))
    const assets = shipAssets()
    try {
      const [{ endpoints, ca }] = (await once(servers, 'message')) as [Serving]
      const trusted = join(empty, 'ca.pem')
      writeFileSync(trusted, ca)
      writeFileSync(join(empty, 'index.mjs'), 'export const handler = async () => {}\n')
      const scenes: readonly Scene[] = [
        probing('tcp', 1, endpoints.tcp),
        ...kinds.map((kind) => probing(kind, checksPerShard, endpoints[kind])),
        scheduling(1),
        scheduling(manyShards),
        deciding,
        sweeping(1),
        sweeping(manyShards),
        telling(1),
        telling(checksPerShard),
      ]
      const nothing = await measureEmpty(empty, run)
      const lines: Line[] = []
      for (const scene of scenes) {
        const asset = assets.functions.find(({ name }) => name === scene.name)!
        lines.push(lineOf(scene, asset, await measure(scene, asset.folder, trusted, run), nothing))
      }
      return { notes: notes(nothing), lines }
    } finally {
      servers.disconnect()
      assets.remove()
      rmSync(empty, { recursive: true })
    }
  },
}

function notes({ first, warm }: Measured): string[] {
  return [
    'The assets of the stacks in a minimal Lambda runtime, one shard; the clock is simulated, so that invocations are one',
    'minute apart. Targets, table and queue are real servers on loopback, in other processes.',
    "CPU ms: user and system time of the function's warm process beyond that of an empty handler",
    `(${warm.cpuMs.toFixed(1)} ms; the first invocation ${first.cpuMs.toFixed(0)} ms); medians. units.ts: the CPU ms that \`upquorum cost\` assumes. on Lambda: the`,
    `same work in ms on the function's share of a vCPU (a whole one at ${vcpuMemoryMb} MB), with a core ${lambdaSlowness} times as slow (assumed).`,
    'ms: from the event to the response, without real networks; half a second of it is jitter (probe) or the wait for the',
    'start of a second (schedule). first: the first invocation of a fresh process, including the import of the bundle.',
  ]
}

function lineOf(
  { what, assumedMs }: Scene,
  { memoryMb }: Asset,
  { first, warm }: Measured,
  nothing: Measured,
): Line {
  const cpuMs = warm.cpuMs - nothing.warm.cpuMs
  return {
    what,
    values: {
      'CPU ms': cpuMs,
      ...(assumedMs !== undefined && {
        'units.ts': assumedMs,
        '÷ CPU': assumedMs / cpuMs,
        'on Lambda': lambdaMs(assumedMs, memoryMb),
      }),
      ms: warm.wallMs,
      'first CPU ms': first.cpuMs - nothing.first.cpuMs,
      'first ms': first.wallMs,
    },
    ...(assumedMs !== undefined && { targets: [{ value: '÷ CPU', atLeast: minRatio }] }),
  }
}
