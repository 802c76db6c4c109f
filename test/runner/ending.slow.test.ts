import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { exitCode } from '../../functions/runner/connectivity.ts'

// How a runner process ends unasked, and what is visible of that outside its machine.

/** The part of CloudWatch Logs that a runner uses. */
let cloudWatch: Server
let lines: { level: string; message: string; stack?: string; remedy?: string }[]
let answers: boolean
beforeEach(async () => {
  lines = []
  answers = true
  cloudWatch = createServer((request, response) => {
    void text(request).then((body) => {
      if (!answers) return
      const { logEvents = [] } = JSON.parse(body) as { logEvents?: { message: string }[] }
      lines.push(...logEvents.map(({ message }) => JSON.parse(message) as (typeof lines)[number]))
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end('{}')
    })
  })
  await once(cloudWatch.listen(0, '127.0.0.1'), 'listening')
})
afterEach(() => {
  cloudWatch.closeAllConnections()
  cloudWatch.close()
})

/** Starts a runner program with its home unreachable. `mishap` is the source of a module loaded before it. */
function start(mishap: string, program: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const preload = `data:text/javascript,${encodeURIComponent(mishap)}`
  return spawn(process.execPath, ['--import', preload, ...program], {
    env: {
      PATH: process.env.PATH,
      UPQUORUM_VOTER: 'lab-1',
      UPQUORUM_TABLE: 'upquorum',
      UPQUORUM_HOMES: 'us-east-1',
      UPQUORUM_LOG_GROUP: '/upquorum/runner/lab-1',
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: `http://127.0.0.1:${(cloudWatch.address() as AddressInfo).port}`,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** Runs the program of a machine on AWS until it ends. */
async function run(mishap: string, environment?: NodeJS.ProcessEnv) {
  const child = start(mishap, [resolve('functions/runner/main.ts')], environment)
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { code: code as number, said: out + err }
}

const later = (act: string) => `setTimeout(() => { ${act} }, 500)`

describe('an error that nobody has caught', () => {
  test.each([
    ['an exception', later("throw new TypeError('bolt from the blue')")],
    ['a promise', later("Promise.reject(new TypeError('bolt from the blue'))")],
  ])('of %s ends it with 1, and CloudWatch knows why', async (_, mishap) => {
    const { code, said } = await run(mishap)
    expect(code).toBe(1)
    const message = 'the runner failed: TypeError: bolt from the blue'
    expect(lines.find((line) => line.level === 'ERROR' && line.message === message)?.stack).toContain(
      '    at ',
    )
    expect(said).toContain(message)
  })

  test('before it has begun likewise', async () => {
    const { code } = await run('', { NOTIFY_SOCKET: '/nonexistent/notify' })
    expect(code).toBe(1)
    expect(lines.map(({ message }) => message)).toContain(
      'the runner failed: SystemCallError: connect failed: ENOENT',
    )
  })

  test('ends it also when CloudWatch does not answer', async () => {
    answers = false
    const { code, said } = await run(later("throw new Error('unheard of')"))
    expect(code).toBe(1)
    expect(said).toContain('the runner failed: Error: unheard of')
  })
})

describe('a process that has reached no home for ten minutes', () => {
  /** A runner whose minutes last 0.1 s, on a machine that booted the given number of minutes ago. */
  const hurry = (machineUpMinutes: number) => `
    import os from 'node:os'
    import { syncBuiltinESMExports } from 'node:module'
    const real = performance.now.bind(performance)
    performance.now = () => real() * 600
    os.uptime = () => ${machineUpMinutes} * 60
    syncBuiltinESMExports()`

  test.each([
    [12, exitCode.restart, 'restart', 'this process exits so that a new one is started'],
    [31, exitCode.replace, 'replace', 'a new process did not help, so this machine is to be replaced'],
  ])('on a machine that booted %i minutes ago ends with %i', async (minutes, code, remedy, consequence) => {
    expect(await run(hurry(minutes))).toMatchObject({ code })
    expect(lines).toContainEqual(
      expect.objectContaining({
        level: 'ERROR',
        message: `no home could be reached for ten minutes: ${consequence}`,
        remedy,
      }),
    )
  })

  test('goes on trying where nobody would start it again: on the command line', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'upquorum-ending-'))
    const file = join(folder, 'upquorum.yaml')
    writeFileSync(
      file,
      'runners: { lab-1: { region: us-east-1 } }\nhomes: [us-east-1]\ndefaults: { confirmations: 1 }\n' +
        "checks: [{ name: port, half_open: { address: '192.0.2.1:443' } }]\n",
    )
    const child = start(hurry(31), [resolve('functions/cli/main.ts'), 'runner', file, '--name', 'lab-1'])
    onTestFinished(() => {
      child.kill('SIGKILL')
      rmSync(folder, { recursive: true })
    })
    const exit = once(child, 'exit')
    let said = ''
    for await (const chunk of child.stderr.setEncoding('utf8')) {
      said += chunk
      if (said.includes('no home could be reached for ten minutes: the runner keeps trying')) break
    }
    // It still obeys SIGTERM, and nothing else ends it.
    child.kill('SIGTERM')
    expect(await exit).toEqual([0, null])
  })
})
