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
/** units.ts may say half of what is measured: the machine is noisy. Less would be a bill that surprises. */
const cheapest = 0.5

/** What AWS bills for a tick: the CPU time and the length of one invocation of each function. */
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
    'The very assets of the stacks in a small Lambda runtime, one shard; the clock is played, so that each invocation is a',
    'minute after the last. Targets, table and queue are real servers on loopback, in other processes.',
    "CPU ms: user and system time of the function's process, warm, over that of an empty handler",
    `(${warm.cpuMs.toFixed(1)} ms, the first ${first.cpuMs.toFixed(0)} ms); medians. units.ts: what \`upquorum cost\` reckons with; on Lambda: that many`,
    `ms of a function's share of a vCPU, which is whole at ${vcpuMemoryMb} MB, on a core ${lambdaSlowness} times as slow (assumed).`,
    "ms: from the event to the answer; half a second of a probe's is jitter, of schedule's the wait for a second to begin.",
    'What real networks take comes on top. first: the first invocation of a fresh process, with the import of the bundle.',
  ]
}

function lineOf(
  { what, toldMs }: Scene,
  { memoryMb }: Asset,
  { first, warm }: Measured,
  nothing: Measured,
): Line {
  const cpuMs = warm.cpuMs - nothing.warm.cpuMs
  return {
    what,
    values: {
      'CPU ms': cpuMs,
      ...(toldMs !== undefined && {
        'units.ts': toldMs,
        '÷ CPU': toldMs / cpuMs,
        'on Lambda': lambdaMs(toldMs, memoryMb),
      }),
      ms: warm.wallMs,
      'first CPU ms': first.cpuMs - nothing.first.cpuMs,
      'first ms': first.wallMs,
    },
    ...(toldMs !== undefined && { targets: [{ value: '÷ CPU', atLeast: cheapest }] }),
  }
}
