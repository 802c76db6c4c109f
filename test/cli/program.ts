import { type ChildProcess, spawn } from 'node:child_process'
import { resolve } from 'node:path'

/** How a run of the program ended, and what it printed where. */
export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Started {
  readonly process: ChildProcess
  readonly ended: Promise<Outcome>
  /** Resolves when stdout holds a match; rejects when the run ends without one. */
  prints(pattern: RegExp): Promise<void>
}

export interface StartOptions {
  readonly cwd: string
  /** What stdin holds; nothing when left out. */
  readonly input?: string | Uint8Array
  readonly env?: Readonly<Record<string, string>>
  /** Through the launcher, as `npx upquorum` does; otherwise without its process between. */
  readonly launched?: boolean
  /** A command that runs it, such as `ip netns exec …`. */
  readonly through?: readonly string[]
}

const launcher = resolve('functions/cli/upquorum.mjs')
const main = resolve('functions/cli/main.ts')

/** Starts the program as a process of its own. */
export function start(args: readonly string[], options: StartOptions): Started {
  const { cwd, input = '', env = {}, launched = false, through = [] } = options
  const command = [...through, process.execPath, launched ? launcher : main, ...args]
  const child = spawn(command[0]!, command.slice(1), {
    cwd,
    env: { ...withoutAws(process.env), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  // A program that fails before it has read its input closes the pipe.
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

/** Whoever runs the tests may be signed in; the program must not notice. */
function withoutAws(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !/^(AWS_|NO_COLOR|FORCE_COLOR)/.test(name))
  return {
    ...Object.fromEntries(kept),
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  }
}
