import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'

const launcher = resolve('functions/launch.mjs')

/** Says its process id, then how it ended: asked to, or after two seconds by itself. */
const patient = `
process.on('SIGTERM', () => { console.log('asked'); process.exit() })
setTimeout(() => { console.log('left alone'); process.exit() }, 2000)
console.log('begun')
`

/** Starts the launcher below a shell that stays its parent, as npm does with the commands that it runs. */
function belowShell(environment: NodeJS.ProcessEnv): ChildProcess {
  const shell = spawn('sh', ['-c', '"$@"; exit', 'sh', process.execPath, launcher, 'node', '-e', patient], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void shell.kill('SIGKILL'))
  return shell
}

test.each<[who: string, NodeJS.ProcessEnv, end: string]>([
  ['npm started ends its command when the shell between them is gone', { npm_execpath: 'npm' }, 'asked'],
  [
    'somebody else started, as nohup does, goes on without its shell',
    { npm_execpath: undefined },
    'left alone',
  ],
])('a launcher that %s', async (_, environment, end) => {
  const shell = belowShell(environment)
  const said = text(shell.stdout!)
  await once(shell.stdout!, 'data')
  shell.kill('SIGTERM')
  expect(await said).toBe(`begun\n${end}\n`)
})
