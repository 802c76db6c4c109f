import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'

const launcher = resolve('functions/launch.mjs')

/** A program that prints how it ended: by a signal, or by itself after a while. */
const patient = (ms: number) => `
process.on('SIGTERM', () => { console.log('asked'); process.exit() })
setTimeout(() => { console.log('left alone'); process.exit() }, ${ms})
console.log('begun')
`

/** Starts the launcher below a shell that stays its parent, as npm does. */
function belowShell(environment: NodeJS.ProcessEnv, command: string): ChildProcess {
  const shell = spawn('sh', ['-c', '"$@"; exit', 'sh', process.execPath, launcher, 'node', '-e', command], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void shell.kill('SIGKILL'))
  return shell
}

test.each<[who: string, NodeJS.ProcessEnv, ms: number, end: string]>([
  [
    'npm started ends its command when the shell between them is gone',
    { npm_execpath: 'npm' },
    20_000,
    'asked',
  ],
  [
    'somebody else started, as nohup does, goes on without its shell',
    { npm_execpath: undefined },
    2_000,
    'left alone',
  ],
])('a launcher that %s', async (_, environment, ms, end) => {
  const shell = belowShell(environment, patient(ms))
  const said = text(shell.stdout!)
  await once(shell.stdout!, 'data')
  shell.kill('SIGTERM')
  expect(await said).toBe(`begun\n${end}\n`)
})
