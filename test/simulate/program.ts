import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import type { Run } from '../../simulate/run.ts'
import type { Patch } from './planted.ts'

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface SimulateOptions {
  /** A bug to plant into the code that is simulated. */
  readonly planted?: Patch
  /** Sends SIGINT once this long after its start, in ms. */
  readonly interruptAfterMs?: number
}

/** Runs the simulator in a process of its own, to its end. */
export function simulate(args: readonly string[], options: SimulateOptions = {}): Promise<Outcome> {
  const { planted, interruptAfterMs } = options
  const preload = planted === undefined ? [] : ['--import', resolve('test/simulate/plant.ts')]
  const child = spawn(process.execPath, [...preload, resolve('simulate/main.ts'), ...args], {
    env: { ...process.env, ...(planted === undefined ? {} : { PLANTED: JSON.stringify(planted) }) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (interruptAfterMs !== undefined) setTimeout(() => child.kill('SIGINT'), interruptAfterMs)
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  return new Promise((done, failed) => {
    child.on('error', failed)
    child.on('close', (code) => done({ code, stdout, stderr }))
  })
}

/** What `--json` printed: one run for each seed. */
export function runsIn({ stdout }: Outcome): readonly Run[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Run)
}
