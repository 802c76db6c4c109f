import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { exitCode } from '../../functions/runtime/reach.ts'

// How the process of a runner ends when nobody has asked it to, and what is heard of that outside its machine.

/** CloudWatch, as far as a runner knows it. */
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

/** Runs it until it ends, with its home away. `mishap` is a module that is loaded before it. */
async function run(mishap: string, environment: NodeJS.ProcessEnv = {}) {
  const preload = `data:text/javascript,${encodeURIComponent(mishap)}`
  const child = spawn(process.execPath, ['--import', preload, resolve('functions/runner.ts')], {
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
    const message = 'the runner has failed: TypeError: bolt from the blue'
    expect(lines.find((line) => line.level === 'ERROR' && line.message === message)?.stack).toContain(
      '    at ',
    )
    expect(said).toContain(message)
  })

  test('before it has begun likewise', async () => {
    const { code } = await run('', { NOTIFY_SOCKET: '/nonexistent/notify' })
    expect(code).toBe(1)
    expect(lines.map(({ message }) => message)).toContain(
      'the runner has failed: SystemCallError: connect failed: ENOENT',
    )
  })

  test('ends it also when CloudWatch does not answer', async () => {
    answers = false
    const { code, said } = await run(later("throw new Error('unheard of')"))
    expect(code).toBe(1)
    expect(said).toContain('the runner has failed: Error: unheard of')
  })
})

describe('a process that has reached no home for ten minutes', () => {
  /** Its minutes last a tenth of a second, and its machine booted so many of ours ago. */
  const hurry = (machineUpMinutes: number) => `
    import os from 'node:os'
    import { syncBuiltinESMExports } from 'node:module'
    const real = performance.now.bind(performance)
    performance.now = () => real() * 600
    os.uptime = () => ${machineUpMinutes} * 60
    syncBuiltinESMExports()`

  test.each([
    [12, exitCode.restart, 'restart', 'this process ends, for another to be started'],
    [
      31,
      exitCode.replace,
      'replace',
      'a new process has not helped, so this machine is given up for another',
    ],
  ])('on a machine that booted %i minutes ago ends with %i', async (minutes, code, remedy, consequence) => {
    expect(await run(hurry(minutes))).toMatchObject({ code })
    expect(lines).toContainEqual(
      expect.objectContaining({
        level: 'ERROR',
        message: `nothing has reached a home for ten minutes: ${consequence}`,
        remedy,
      }),
    )
  })
})
