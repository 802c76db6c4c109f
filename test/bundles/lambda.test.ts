import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Lambda, startLambda } from './lambda.ts'

// Tests of the Lambda runtime in which the bundles are tested.

const handler = `
export const handler = async ({ burnMs = 0, waitMs = 0, failure }, context) => {
  if (failure) throw new Error(failure)
  const start = process.cpuUsage()
  const spentMs = () => Object.values(process.cpuUsage(start)).reduce((sum, each) => sum + each, 0) / 1000
  while (spentMs() < burnMs);
  await new Promise((resolve) => setTimeout(resolve, waitMs))
  return { now: Date.now(), leftMs: context.getRemainingTimeInMillis() }
}
`
const folder = mkdtempSync(join(tmpdir(), 'upquorum-lambda-'))
let lambda: Lambda

beforeAll(async () => {
  writeFileSync(join(folder, 'index.mjs'), handler)
  lambda = await startLambda(folder, {})
  // The first bill includes the start of Node.
  await lambda.bill({})
})

afterAll(async () => {
  await lambda.stop()
  rmSync(folder, { recursive: true })
})

test('a bill tells CPU time from waiting', async () => {
  const burnt = await lambda.bill({ burnMs: 200 })
  expect(burnt.cpuMs).toBeGreaterThanOrEqual(200)
  expect(burnt.wallMs).toBeGreaterThanOrEqual(100)
  const waited = await lambda.bill({ waitMs: 300 })
  expect(waited.wallMs).toBeGreaterThanOrEqual(295)
  expect(waited.cpuMs).toBeLessThan(200)
})

test('a function whose clock is ahead has as much time left as any other', async () => {
  const hourMs = 3_600_000
  const { answer } = await lambda.bill({}, hourMs)
  const { now, leftMs } = answer as { now: number; leftMs: number }
  expect(Math.abs(now - hourMs - Date.now())).toBeLessThan(10_000)
  expect(leftMs).toBeGreaterThan(60_000)
  expect(leftMs).toBeLessThanOrEqual(90_000)
})

test('what a handler throws is thrown to who bills it', async () => {
  await expect(lambda.bill({ failure: 'broken' })).rejects.toThrow('broken')
})
