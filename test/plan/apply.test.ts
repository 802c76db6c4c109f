import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { applyPlan } from '../../shared/plan/apply.ts'
import { indexPart, planReader } from '../../shared/plan/reader.ts'
import { holdsFrom } from '../../shared/plan/schedule.ts'
import { initialState } from '../../shared/quorum/state.ts'
import type { Store } from '../../shared/store/store.ts'
import { type Home, hour, startHome } from '../fixtures/home.ts'
import { tick } from '../fixtures/words.ts'
import { configOf, configured } from './configs.ts'

let home: Home
beforeEach(async () => {
  home = await startHome()
})
afterEach(() => home.close())

const two = configOf([configured('web'), configured('cert', { intervalSeconds: 3600 })])
const three = configOf([...two.checks, configured('db', { intervalSeconds: 10 })])

const applyAt = (store: Store, config: typeof two, now: number) =>
  applyPlan(store, config, holdsFrom(now), now)

/** A store that dies after this many writes and records each of them. */
function dyingAfter(writes: number): { store: Store; written: string[] } {
  const written: string[] = []
  async function write<T>(what: string, act: () => Promise<T>): Promise<T> {
    if (written.length >= writes) throw new Error('the process was killed')
    const outcome = await act()
    written.push(what)
    return outcome
  }
  const store: Store = {
    ...home.store,
    putDocument: (version, part, json) => write(part, () => home.store.putDocument(version, part, json)),
    putCurrentPlan: (current) => write('CURRENT', () => home.store.putCurrentPlan(current)),
  }
  return { store, written }
}

/** The version in force at an instant; all of its documents must exist. */
async function inForce(at: number): Promise<string | undefined> {
  const reader = planReader(home.store, home.clock)
  const entry = await reader.entryAt(tick(at))
  if (entry === undefined) return undefined
  const index = await reader.index(entry.version)
  for (const { shard, checks } of index.shards) {
    const document = await reader.shard(entry.version, shard)
    expect(document).toMatchObject({ version: entry.version, shard })
    expect(document!.checks).toHaveLength(checks)
  }
  return entry.version
}

describe('an apply', () => {
  test('holds from its tick on, the plan before it until then', async () => {
    const first = await applyAt(home.store, two, hour)
    expect([first.changed, first.from]).toEqual([true, hour + 180])
    const second = await applyAt(home.store, three, hour + 600)
    expect([second.changed, second.from]).toEqual([true, hour + 780])
    expect(await inForce(hour + 179)).toBeUndefined()
    expect(await inForce(hour + 180)).toBe(first.plan.index.version)
    expect(await inForce(hour + 779)).toBe(first.plan.index.version)
    expect(await inForce(hour + 780)).toBe(second.plan.index.version)
  })

  test('of what is in force already changes nothing and writes nothing', async () => {
    const first = await applyAt(home.store, two, hour)
    const { store, written } = dyingAfter(0)
    expect(await applyAt(store, structuredClone(two), hour + 600)).toEqual({ ...first, changed: false })
    expect(written).toEqual([])
  })

  test('of an older configuration brings back its very version', async () => {
    const first = await applyAt(home.store, two, hour)
    await applyAt(home.store, three, hour + 600)
    const again = await applyAt(home.store, two, hour + 1200)
    expect(again.plan.index.version).toBe(first.plan.index.version)
    expect(await inForce(hour + 1380)).toBe(first.plan.index.version)
  })

  test('writes the documents, then the index, then announces them', async () => {
    const { store, written } = dyingAfter(99)
    const { plan } = await applyAt(store, three, hour)
    const shards = plan.shards.map(({ shard }) => shard)
    expect(written).toEqual([...shards, indexPart, 'CURRENT'])
  })

  test('stopped between any two writes leaves the old plan in force; the next one goes through', async () => {
    const first = await applyAt(home.store, two, hour)
    // Five writes: three documents, the index, CURRENT.
    for (let writes = 0; writes < 5; writes++) {
      const { store } = dyingAfter(writes)
      await expect(applyAt(store, three, hour + 600)).rejects.toThrow('the process was killed')
      expect(await inForce(hour + 86_400)).toBe(first.plan.index.version)
    }
    const second = await applyAt(dyingAfter(5).store, three, hour + 600)
    expect(await inForce(hour + 86_400)).toBe(second.plan.index.version)
  })

  test('that meets another one says so; the other one holds', async () => {
    const other = configOf([configured('other')])
    let theirs: Awaited<ReturnType<typeof applyPlan>> | undefined
    const overtaken: Store = {
      ...home.store,
      async putCurrentPlan(current) {
        theirs ??= await applyAt(home.store, other, hour)
        return home.store.putCurrentPlan(current)
      },
    }
    await expect(applyAt(overtaken, two, hour)).rejects.toThrow(
      'another plan was applied at the same moment; look at it, then apply again',
    )
    expect(await inForce(hour + 180)).toBe(theirs!.plan.index.version)
  })

  test('that meets another one of the same configuration for the same tick is a success', async () => {
    const overtaken: Store = {
      ...home.store,
      async putCurrentPlan(current) {
        await home.store.putCurrentPlan(current)
        return home.store.putCurrentPlan(current)
      },
    }
    const { changed, from, plan } = await applyAt(overtaken, two, hour)
    expect([changed, from]).toEqual([true, hour + 180])
    expect(await inForce(hour + 180)).toBe(plan.index.version)
    expect(await home.store.currentPlan()).toMatchObject({ revision: 1 })
  })

  test('of a shard that is too large is refused before anything is written', async () => {
    const first = await applyAt(home.store, two, hour)
    const large = Array.from({ length: 150 }, (_, index) =>
      configured(`large-${index}`, { label: 'ü'.repeat(750), intervalSeconds: 30 }),
    )
    const { store, written } = dyingAfter(99)
    await expect(applyAt(store, configOf(large), hour + 600)).rejects.toThrow(
      /^shard 30s-[0-9a-f]{6}-1 takes 2\d{5} bytes, at most 204800 are allowed: shorten its checks$/,
    )
    expect(written).toEqual([])
    expect(await inForce(hour + 86_400)).toBe(first.plan.index.version)
  })

  test('keeps an old plan while it alone names a shard that is not retired or owes an alert', async () => {
    const { plan } = await applyAt(home.store, two, hour)
    const rare = plan.shards.find(({ intervalSeconds }) => intervalSeconds === 3600)!
    await applyAt(home.store, configOf([configured('web')]), hour + 600)
    const versions = async () => (await home.store.currentPlan()).entries.map(({ version }) => version)
    const state = { ...initialState(rare.shard, rare, tick(hour + 3600), 3600), planFrom: tick(hour + 180) }
    await home.store.putState(state)
    const others = configOf([configured('web'), configured('db', { intervalSeconds: 10 })])
    await applyAt(home.store, others, hour + 2 * 3600)
    expect(await versions()).toContain(plan.index.version)

    const retired = { ...state, revision: 1, planFrom: tick(hour + 780), due: hour + 780 }
    await home.store.putState(retired)
    await applyAt(home.store, configOf([configured('web')]), hour + 4 * 3600)
    expect(await versions()).toContain(plan.index.version)

    await home.store.putState({ ...retired, revision: 2, due: 0 })
    await applyAt(home.store, others, hour + 6 * 3600)
    expect(await versions()).not.toContain(plan.index.version)
  })

  test('of no check at all is a plan too', async () => {
    await applyAt(home.store, two, hour)
    const empty = await applyAt(home.store, configOf([]), hour + 600)
    expect(await inForce(hour + 780)).toBe(empty.plan.index.version)
    expect(empty.plan.shards).toEqual([])
  })
})
