import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { bundleRunner } from '../../cdk/runner-bundle.ts'
import { localTable, startDatabase } from '../../functions/dev/cloud/database.ts'
import { openSocketsFor } from '../../functions/runtime/raw.ts'
import type { Tick } from '../../shared/check.ts'
import { applyPlan } from '../../shared/plan/apply.ts'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import { configOf } from '../cdk/synth.ts'

// A runner's bundle as the CDK ships it, but for this machine's platform, in a process that sees nothing else.

const machine = `${process.platform}-${process.arch}`
const koffiName = `@koromix/koffi-${machine}`
const parts = {
  node: resolve('node_modules', `node-${machine}`),
  koffi: resolve('node_modules', koffiName),
  koffiName,
}
const lacking = [parts.node, parts.koffi].filter((path) => !existsSync(path))
if (lacking.length > 0) console.log(`skipped: the runner's bundle; it needs ${lacking.join(' and ')}`)

test.skipIf(lacking.length > 0)('the bundle votes with its own Node and its own koffi', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'upquorum-runner-'))
  const database = await startDatabase()
  const shipped: string[] = []
  const logs = createServer((request, response) => {
    void text(request).then((body) => {
      shipped.push(body)
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end('{}')
    })
  })
  await new Promise<void>((done) => logs.listen(0, '127.0.0.1', done))
  try {
    bundleRunner(folder, parts)
    const store = dynamoStore(database.client, localTable)
    const nowSeconds = Math.floor(Date.now() / 1000)
    const config = configOf(`
runners: { lab-1: { region: us-east-1 } }
defaults: { confirmations: 1, delay: 1, timeout: 1s, interval: 1s }
checks: [{ name: own, tcp: { address: '127.0.0.1:1' }, allow_private: true }]
`)
    const { plan } = await applyPlan(store, config, nowSeconds as Tick, nowSeconds)
    const child = spawn(join(folder, 'bin/node'), [join(folder, 'runner.mjs')], {
      cwd: folder,
      env: {
        UPQUORUM_VOTER: 'lab-1',
        UPQUORUM_TABLE: localTable,
        UPQUORUM_HOMES: 'us-east-1',
        UPQUORUM_LOG_GROUP: '/upquorum/runner/lab-1',
        AWS_REGION: 'us-east-1',
        AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: `http://127.0.0.1:${(logs.address() as AddressInfo).port}`,
        AWS_ENDPOINT_URL: database.url,
        AWS_ACCESS_KEY_ID: 'local',
        AWS_SECRET_ACCESS_KEY: 'local',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const exit = once(child, 'exit')
    const log = text(child.stdout)
    try {
      const { shard } = plan.shards[0]!
      const ballots = () =>
        store.ballots(shard, nowSeconds as Tick, (nowSeconds + 60) as Tick, { consistent: true })
      await expect.poll(async () => (await ballots()).length, { timeout: 20_000 }).toBeGreaterThan(0)
      expect((await ballots())[0]).toMatchObject({
        voter: 'lab-1',
        ms: [-2],
        failed: { own: { reason: 'refused' } },
      })
    } finally {
      child.kill('SIGTERM')
    }
    expect(await exit).toEqual([0, null])
    // Without koffi only the method "connect" would be left.
    const wanted = process.platform === 'linux' ? /"method":"(raw|quickack)"/ : /"method":"connect"/
    expect(await log).toMatch(wanted)
    expect(shipped.join('\n')).toContain('lab-1 has stopped')
  } finally {
    logs.close()
    await database.close()
    rmSync(folder, { recursive: true })
  }
})

/** A folder for a bundle with no node_modules above it. */
function bundleFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'upquorum-runner-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

/** Runs a bundle that fails before it reaches its home; resolves with its exit code and output. */
async function runToItsEnd(command: string, ...rest: readonly string[]) {
  const child = spawn(command, rest, {
    env: {
      UPQUORUM_VOTER: 'lab-1',
      UPQUORUM_TABLE: localTable,
      UPQUORUM_HOMES: 'us-east-1',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [out, err, ended] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { ended, said: out + err }
}

test('without koffi the bundle ends with 1 and says what it lacks', async () => {
  const folder = bundleFolder()
  bundleRunner(folder, undefined)
  const { ended, said } = await runToItsEnd(process.execPath, join(folder, 'runner.mjs'))
  expect(ended).toEqual([1, null])
  expect(said).toContain("Cannot find package 'koffi'")
})

const sockets = await openSocketsFor(['icmp'], () => {})
const opensAny = sockets?.method === 'raw'
sockets?.close()
if (!opensAny)
  console.log(
    'skipped: a runner that may open no socket; it needs Linux and CAP_NET_RAW, else it opens none before a probe',
  )

test.skipIf(!opensAny || lacking.length > 0)(
  'the bundle that may open no socket ends with 1 and says why',
  async () => {
    const folder = bundleFolder()
    bundleRunner(folder, parts)
    // koffi can still be loaded; after that the process has reached its open-file limit.
    const exhaust = `
      import { openSync } from 'node:fs'
      const load = process.dlopen
      process.dlopen = (...given) => {
        load(...given)
        try {
          for (let opened = 0; opened < 256; opened++) openSync('/dev/null')
        } catch {}
      }`
    const { ended, said } = await runToItsEnd(
      '/bin/sh',
      ...['-c', 'ulimit -n 256 && exec "$@"', 'sh', join(folder, 'bin/node'), '--import'],
      ...[`data:text/javascript,${encodeURIComponent(exhaust)}`, join(folder, 'runner.mjs')],
    )
    expect(ended).toEqual([1, null])
    expect(said).toContain('the runner failed: SystemCallError: socket failed: EMFILE')
  },
)
