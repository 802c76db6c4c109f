import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { GetCommand } from '@aws-sdk/lib-dynamodb'
import { expect, onTestFinished, test } from 'vitest'
import { localCredentials } from '../../functions/dev/cloud/database.ts'
import { lambdaClientConfig, longestCallMs, runnerClientConfig } from '../../functions/runtime/aws-client.ts'
import { tableClient } from '../../functions/runtime/home.ts'
import { cloudGraceMs } from '../../functions/runtime/settings.ts'
import type { Tick } from '../../shared/check.ts'
import { deadlineMs } from '../../shared/plan/deadline.ts'
import type { ShardPlan } from '../../shared/plan/plan.ts'
import { freshUntilMs } from '../../shared/probing/cast.ts'

interface HttpHandlerOptions {
  readonly requestTimeout: number
  readonly throwOnRequestTimeout: boolean
}

test('a table that throttles is asked again, by a client that slows itself down and does not wait for ever', async () => {
  let requests = 0
  const server = createServer((_, response) => {
    requests++
    const type = { 'content-type': 'application/x-amz-json-1.0' }
    if (requests === 1) {
      const __type = 'com.amazonaws.dynamodb.v20120810#ThrottlingException'
      response.writeHead(400, type).end(JSON.stringify({ __type, message: 'slow down' }))
    } else response.writeHead(200, type).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const client = tableClient({
    ...lambdaClientConfig('local'),
    endpoint: `http://127.0.0.1:${port}`,
    credentials: localCredentials,
  })
  onTestFinished(() => {
    client.destroy()
    server.closeAllConnections()
    server.close()
  })
  await client.send(new GetCommand({ TableName: 'upquorum', Key: { pk: 'PLAN', sk: 'CURRENT' } }))
  expect(requests).toBe(2)
  const { retryStrategy, maxAttempts, requestHandler } = client.config
  expect(await retryStrategy()).toMatchObject({ mode: 'adaptive' })
  // Typed as the options; at run time it holds the values that the SDK resolved from them.
  const handler = requestHandler as unknown as { httpHandlerConfigs(): HttpHandlerOptions }
  const { requestTimeout, throwOnRequestTimeout } = handler.httpHandlerConfigs()
  expect(throwOnRequestTimeout).toBe(true)
  expect((await maxAttempts()) * requestTimeout).toBeLessThan(longestCallMs)
})

test('a write that begins when its ballot just still counts has the time for all its attempts', () => {
  const tick = 1_790_002_800 as Tick
  const timeoutMs = 10_000
  const document = { checks: [{ timeoutMs }] } as unknown as ShardPlan
  const leftMs = deadlineMs(tick, { timeoutMs }, cloudGraceMs) - freshUntilMs(document, tick, cloudGraceMs)
  const { maxAttempts, requestHandler } = runnerClientConfig
  expect(longestCallMs).toBeLessThanOrEqual(leftMs)
  // A second for the pauses between attempts.
  expect(maxAttempts * requestHandler.requestTimeout + 1_000).toBeLessThanOrEqual(leftMs)
})
