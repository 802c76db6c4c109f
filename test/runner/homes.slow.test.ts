import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'vitest'
import { localTable, startDatabase } from '../../functions/dev/cloud/database.ts'
import { startRunner } from '../../functions/runner/runner.ts'
import { systemClock } from '../../functions/runtime/clock.ts'
import { tableClient } from '../../functions/runtime/home.ts'
import type { Tick } from '../../shared/check.ts'
import { applyPlan } from '../../shared/plan/apply.ts'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import { scriptedSockets } from '../fixtures/raw-sockets.ts'
import { configuration, voter } from './rig.ts'

// Two homes over real connections; one of them misbehaves.

type Mood = 'hangs' | 'throttles' | 'is well'

/** A proxy in front of a home that passes, hangs or throttles requests. */
async function startGate(homeUrl: string) {
  let mood: Mood = 'is well'
  let asked = 0
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request)
    asked++
    if (mood === 'hangs') return
    const type = { 'content-type': 'application/x-amz-json-1.0' }
    if (mood === 'throttles') {
      const error = { __type: 'com.amazonaws.dynamodb.v20120810#ThrottlingException', message: 'slow down' }
      response.writeHead(400, type).end(JSON.stringify(error))
      return
    }
    const { authorization = '', 'x-amz-target': target, 'x-amz-date': date } = request.headers
    const headers = { ...type, authorization, 'x-amz-target': String(target), 'x-amz-date': String(date) }
    const passed = await fetch(homeUrl, { method: 'POST', body, headers })
    response.writeHead(passed.status, type).end(await passed.text())
  }
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: () => asked,
    become(next: Mood) {
      mood = next
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

test.concurrent.for([
  ['hangs', /TimeoutError/],
  ['throttles', /ThrottlingException: slow down/],
] as const)(
  'while a home %s the other gets every ballot in time, and afterwards both do',
  async ([mood, error], { expect }) => {
    const well = await startDatabase()
    const unwell = await startDatabase()
    const gate = await startGate(unwell.url)
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
    const storeAt = (region: string, endpoint: string, requestTimeout: number) => {
      const requestHandler = { requestTimeout, throwOnRequestTimeout: true }
      return dynamoStore(
        tableClient({ region, endpoint, credentials, maxAttempts: 2, requestHandler }),
        localTable,
      )
    }
    // A short stall of a busy machine must not look like a home that hangs.
    const first = storeAt('us-east-1', well.url, 10_000)
    const second = storeAt('eu-west-1', gate.url, 600)

    const nowSeconds = Math.floor(Date.now() / 1000)
    const checks = `  - { name: ${mood}, half_open: { address: '192.0.2.1:443' }, interval: 1s }`
    const { plan } = await applyPlan(first, configuration(checks), nowSeconds as Tick, nowSeconds)
    const { shard } = plan.shards[0]!
    const ticksIn = async (store: typeof first) =>
      (await store.ballots(shard, nowSeconds as Tick, (nowSeconds + 60) as Tick, { consistent: true })).map(
        ({ tick }) => tick,
      )
    const errors: string[] = []
    let unheard = 0
    gate.become(mood)
    const runner = startRunner({
      voter,
      homes: new Map([
        ['eu-west-1', second],
        ['us-east-1', first],
      ]),
      sockets: scriptedSockets({ syn: [{ answer: 'open', rttUs: 500 }] }).sockets,
      clock: systemClock,
      log: { info() {}, warn() {}, error: (_, fields) => void errors.push(String(fields?.error)) },
      graceMs: 2000,
      onUnheard: () => unheard++,
    })
    try {
      // Each ballot arrives within a second of its tick, whatever the other home does. A busy machine may be late with
      // one, so the test waits for three in a row; a runner that waited for the hanging home would never produce them.
      const agesOfLast = async () => {
        const ticks = await ticksIn(first)
        return ticks.slice(-3).map((tick) => Math.floor(Date.now() / 1000) - tick)
      }
      await expect.poll(agesOfLast, { timeout: 20_000 }).toEqual([2, 1, 0])
      const mishap = () => errors.find((one) => one.includes('did not reach eu-west-1'))
      await expect.poll(mishap, { timeout: 10_000 }).toMatch(error)
      expect(errors.filter((one) => one.includes('us-east-1'))).toEqual([])
      // Two attempts for each ballot, plus at most two per half second by the spool.
      const elapsedSeconds = Date.now() / 1000 - nowSeconds
      expect(gate.asked()).toBeLessThan(8 * elapsedSeconds)

      gate.become('is well')
      const backSeconds = Math.floor(Date.now() / 1000)
      const fresh = async () => (await ticksIn(second)).filter((tick) => tick > backSeconds).length
      await expect.poll(fresh, { timeout: 15_000 }).toBeGreaterThan(0)
      expect(unheard).toBe(0)
    } finally {
      const stoppingMs = performance.now()
      await runner.stop()
      expect(performance.now() - stoppingMs).toBeLessThan(5000)
      gate.close()
      await well.close()
      await unwell.close()
    }
  },
)
