import { describe, expect, test } from 'vitest'
import type { PlanEntry } from '../../shared/plan/plan.ts'
import { indexPart, keptCharacters, planReader } from '../../shared/plan/reader.ts'
import { cachedMs } from '../../shared/plan/schedule.ts'
import type { Store } from '../../shared/store/store.ts'
import { manualClock } from '../fixtures/clock.ts'
import { shardId, tick, version } from '../fixtures/words.ts'

const v1 = version('111111111111')
const v2 = version('222222222222')
const shard = shardId('60s-abcdef-1')

/** A table of plans that records its reads; the test makes it fail. */
function table() {
  const documents = new Map<string, string>()
  const state = { entries: [] as PlanEntry[], reads: [] as string[], failing: false }
  const store = {
    async currentPlan() {
      state.reads.push('CURRENT')
      if (state.failing) throw new Error('throttled')
      return { revision: 1, entries: state.entries }
    },
    async document(planVersion: string, part: string) {
      state.reads.push(`${planVersion}#${part}`)
      if (state.failing) throw new Error('throttled')
      return documents.get(`${planVersion}#${part}`)
    },
  } as Partial<Store> as Store
  const write = (planVersion: string, part: string, content: unknown) =>
    documents.set(`${planVersion}#${part}`, JSON.stringify(content))
  const clock = manualClock(1_790_000_000_000)
  return { state, write, clock, reader: planReader(store, clock) }
}

describe('what is announced', () => {
  test('is read again after a minute, not before', async () => {
    const { state, clock, reader } = table()
    state.entries = [{ version: v1, from: tick(0) }]
    expect((await reader.entryAt(tick(100)))!.version).toBe(v1)
    state.entries = [...state.entries, { version: v2, from: tick(50) }]
    clock.advance(cachedMs - 1)
    expect((await reader.entryAt(tick(100)))!.version).toBe(v1)
    clock.advance(1)
    expect((await reader.entryAt(tick(100)))!.version).toBe(v2)
    expect(state.reads).toEqual(['CURRENT', 'CURRENT'])
  })

  test('that could not be read is asked for again at once', async () => {
    const { state, reader } = table()
    state.failing = true
    await expect(reader.entries()).rejects.toThrow('throttled')
    state.failing = false
    expect(await reader.entries()).toEqual([])
  })
})

describe('a document', () => {
  test('is read once, even by many at once', async () => {
    const { state, write, reader } = table()
    write(v1, shard, { shard })
    await Promise.all(Array.from({ length: 5 }, () => reader.shard(v1, shard)))
    expect(await reader.shard(v1, shard)).toEqual({ shard })
    expect(state.reads).toEqual([`${v1}#${shard}`])
  })

  test('that is not there yet may be there the next time', async () => {
    const { write, reader } = table()
    expect(await reader.shard(v1, shard)).toBeUndefined()
    write(v1, shard, { shard })
    expect(await reader.shard(v1, shard)).toEqual({ shard })
  })

  test('that could not be read is asked for again', async () => {
    const { state, write, reader } = table()
    write(v1, shard, { shard })
    state.failing = true
    await expect(reader.shard(v1, shard)).rejects.toThrow('throttled')
    state.failing = false
    expect(await reader.shard(v1, shard)).toEqual({ shard })
  })

  test('of the index of a plan that is announced must be there', async () => {
    const { write, reader } = table()
    await expect(reader.index(v1)).rejects.toThrow(`the plan ${v1} is announced but not in the table`)
    write(v1, indexPart, { version: v1 })
    expect(await reader.index(v1)).toEqual({ version: v1 })
  })

  test('of 200 shards is read once each, as by one sweep after the other', async () => {
    const { state, write, reader } = table()
    const ids = Array.from({ length: 200 }, (_, index) => shardId(`60s-abcdef-${index}`))
    for (const id of ids) write(v1, id, { shard: id, checks: 'x'.repeat(70_000) })
    for (const id of [...ids, ...ids]) await reader.shard(v1, id)
    expect(state.reads.length).toBe(200)
  })

  test('too many make the oldest be forgotten, not the memory grow', async () => {
    const { state, write, reader } = table()
    const ids = [0, 1, 2, 3, 4].map((number) => shardId(`60s-abcdef-${number}`))
    for (const id of ids) {
      write(v1, id, { shard: id, checks: 'x'.repeat(keptCharacters / 4 - 100) })
      await reader.shard(v1, id)
    }
    state.reads.length = 0
    for (const id of ids.slice(1)) await reader.shard(v1, id)
    expect(state.reads).toEqual([])
    await reader.shard(v1, ids[0]!)
    await reader.shard(v1, ids[1]!)
    expect(state.reads).toEqual([`${v1}#${ids[0]}`, `${v1}#${ids[1]}`])
  })
})
