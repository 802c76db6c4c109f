import { type ChildProcess, spawn } from 'node:child_process'
import { resolve } from 'node:path'

/** The exit code and output of a run of the program. */
export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Started {
  readonly process: ChildProcess
  readonly ended: Promise<Outcome>
  /** Resolves when stdout matches; rejects when the run ends without a match. */
  prints(pattern: RegExp): Promise<void>
}

export interface StartOptions {
  readonly cwd: string
  /** The contents of stdin; empty by default. */
  readonly input?: string | Uint8Array
  readonly env?: Readonly<Record<string, string>>
  /** Start it through the launcher, as `npx upquorum` does, instead of directly. */
  readonly launched?: boolean
  /** A command to run it under, such as `ip netns exec …`. */
  readonly through?: readonly string[]
}

const launcher = resolve('functions/cli/upquorum.mjs')
const main = resolve('functions/cli/main.ts')

/** Starts the program as its own process. */
export function start(args: readonly string[], options: StartOptions): Started {
  const { cwd, input = '', env = {}, launched = false, through = [] } = options
  const command = [...through, process.execPath, launched ? launcher : main, ...args]
  const child = spawn(command[0]!, command.slice(1), {
    cwd,
    env: { ...withoutAws(process.env), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  // The pipe breaks if the program fails before it has read its input.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  let stdout = ''
  let stderr = ''
  const waiting = new Set<() => void>()
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text
    for (const look of waiting) look()
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  const ended = new Promise<Outcome>((done, failed) => {
    child.on('error', failed)
    child.on('close', (code) => done({ code, stdout, stderr }))
  })
  return {
    process: child,
    ended,
    prints: (pattern) =>
      new Promise((found, missed) => {
        function look() {
          if (pattern.test(stdout)) found()
        }
        waiting.add(look)
        look()
        void ended.then(() => missed(new Error(`ended without ${pattern}: ${stdout}${stderr}`)), missed)
      }),
  }
}

/** Runs the program to its end. */
export function run(args: readonly string[], options: StartOptions): Promise<Outcome> {
  return start(args, options).ended
}

/** Hides the AWS credentials of the person who runs the tests. */
function withoutAws(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !/^(AWS_|NO_COLOR|FORCE_COLOR)/.test(name))
  return {
    ...Object.fromEntries(kept),
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  }
}
