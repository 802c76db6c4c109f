import { availableParallelism } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Address } from '../../shared/network/address.ts'
import { settledAccepts } from './accepts.ts'
import { address, layWire, namespacesMissing, type Program, type Wire } from './namespaces.ts'
import type { Question } from './prober.ts'

if (namespacesMissing !== undefined) {
  console.warn(`skipped: half-open probes under load. ${namespacesMissing}.`)
}

const timeoutMs = 5000

describe.skipIf(namespacesMissing !== undefined)('under load', () => {
  let wire: Wire
  let prober: Program
  let listener: Program
  beforeAll(async () => {
    wire = layWire()
    listener = await wire.start('server', 'listener.ts')
    prober = await wire.start('client', 'prober.ts')
  })
  afterAll(() => wire.close())

  const ask = (question: Question) => prober.ask<Record<string, unknown>>(question)
  const accepts = () => settledAccepts(listener)
  const server: Address = { address: address.server, family: 4 }
  const server6: Address = { address: address.server6, family: 6 }

  test('200,000 probes on busy cores, and not one is accepted', async () => {
    await ask({ open: 'raw' })
    const busy: Program[] = []
    for (let core = 0; core < availableParallelism(); core++) busy.push(await wire.start('client', 'busy.ts'))
    const before = await accepts()
    const flood = { count: 100_000, inFlight: 1024, timeoutMs }
    expect(await ask({ flood: server, ...flood })).toMatchObject({ tally: { open: 100_000 } })
    expect(await ask({ flood: server6, ...flood })).toMatchObject({ tally: { open: 100_000 } })
    await Promise.all(busy.map((program) => program.stop()))
    expect(await accepts()).toBe(before)
  }, 120_000)

  test.each([server, server6])(
    '4,000 at once with untuned buffers, and none is missed (%o)',
    async (to) => {
      await ask({ open: 'default buffers' })
      const flood = { count: 40_000, inFlight: 4000, timeoutMs }
      expect(await ask({ flood: to, ...flood })).toMatchObject({ tally: { open: 40_000 } })
    },
    60_000,
  )
})
