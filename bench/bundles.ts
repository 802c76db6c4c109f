import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { startLambda } from '../test/bundles/lambda.ts'
import { shipAssets } from './assets.ts'
import type { Bench, Line } from './bench.ts'
import { median } from './statistics.ts'

/** The size of the functions' bundles, and what importing them adds to a cold start. */
export const bundles: Bench = {
  name: 'bundles',
  title: 'Bundles of the Lambdas',
  async run({ short, progress }) {
    const processes = short ? 10 : 30
    const assets = shipAssets()
    const empty = mkdtempSync(join(tmpdir(), 'upquorum-empty-'))
    writeFileSync(join(empty, 'index.mjs'), 'export const handler = async () => {}\n')
    try {
      const folders = new Map(assets.functions.map(({ name, folder }) => [name, folder]))
      const initMs = new Map(['', ...folders.keys()].map((name) => [name, [] as number[]]))
      // In turns, so that a slow minute of the machine affects all bundles alike.
      for (let round = 0; round < processes; round++) {
        progress(`bundles: process ${round + 1} of ${processes}`)
        for (const [name, samples] of initMs) samples.push(await initOf(folders.get(name) ?? empty))
      }
      const emptyMs = median(initMs.get('')!)
      const lines = [...folders].map(([name, folder]): Line => {
        const bundle = readFileSync(join(folder, 'index.mjs'))
        return {
          what: name,
          values: {
            KB: bundle.length / 1000,
            'KB gz': gzipSync(bundle, { level: 9 }).length / 1000,
            'init ms': median(initMs.get(name)!) - emptyMs,
          },
          targets: [
            { value: 'KB gz', atMost: name === 'probe' ? 180 : 150 },
            ...(name === 'probe' ? [{ value: 'init ms', atMost: 60 }] : []),
          ],
        }
      })
      return { notes: notes(processes, emptyMs), lines }
    } finally {
      assets.remove()
      rmSync(empty, { recursive: true })
    }
  },
}

function notes(processes: number, emptyMs: number): string[] {
  return [
    'The assets of the stacks, each imported by a minimal Lambda runtime in fresh processes that see no other file.',
    `init ms: time to import the bundle beyond an empty handler (${emptyMs.toFixed(1)} ms); median of ${processes} processes. The AWS clients are`,
    'created at the first invocation and not included.',
  ]
}

async function initOf(folder: string): Promise<number> {
  const lambda = await startLambda(folder, { AWS_REGION: 'us-east-1' })
  await lambda.stop()
  return lambda.initMs
}
