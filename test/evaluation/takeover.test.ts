import { beforeEach, describe, expect, test } from 'vitest'
import { deliver } from '../../shared/alerts/deliver/deliver.ts'
import { evaluate } from '../../shared/evaluation/evaluate.ts'
import type { State } from '../../shared/quorum/state.ts'
import { announce, type Home, hour, planned, shardPlan, startHome, vote } from '../fixtures/home.ts'
import { shardId } from '../fixtures/words.ts'

// A check is its name: a plan that moves it to another shard changes nothing that people know of it.

const voters = ['a', 'b', 'c']
const web = planned('web')
const db = planned('db')
const minutely = shardId('60s-abcdef-1')
const often = shardId('10s-fedcba-1')
const before = shardPlan('p1', minutely, voters, [web, db])
const after = [shardPlan('p2', minutely, voters, [db]), shardPlan('p2', often, voters, [web])] as const

let home: Home
beforeEach(async () => {
  home = await startHome()
  await announce(home.store, [
    { from: hour, shards: [before] },
    { from: hour + 180, shards: [...after] },
  ])
})

/** Seconds after the hour. */
function at(seconds: number): void {
  home.clock.advance((hour + seconds) * 1000 - home.clock.now())
}

const letters = (word: string) => Object.fromEntries(voters.map((voter) => [voter, word]))
const evaluated = (shard: typeof minutely) => evaluate(shard, home.context())
const standing = (state: State | undefined) =>
  Object.fromEntries(
    [...(state?.rows ?? [])].map(([name, { status, since }]) => [name, `${status} ${since - hour}`]),
  )

async function goDown(): Promise<void> {
  for (const tick of [0, 60, 120])
    await vote(home.store, before, hour + tick, letters(tick === 0 ? 'oo' : 'xo'))
  at(130)
  await evaluated(minutely)
}

describe('a check that moves to another shard', () => {
  test('keeps its status and since, and neither shard says that it was removed', async () => {
    await goDown()
    at(185)
    const left = await evaluated(minutely)
    expect(left!.outbox.map(({ check, to }) => `${check} ${to}`)).toEqual(['db online', 'web offline'])
    const taken = await evaluated(often)
    expect(standing(taken)).toEqual({ web: 'offline 120' })
    expect(taken!.outbox).toEqual([])
  })

  test('is waited for until its old shard has closed every tick before', async () => {
    await vote(home.store, before, hour, letters('oo'))
    at(185)
    expect(await evaluated(often)).toMatchObject({ revision: 0 })
    await vote(home.store, before, hour + 60, letters('xo'))
    await vote(home.store, before, hour + 120, letters('xo'))
    await evaluated(minutely)
    expect(standing(await evaluated(often))).toEqual({ web: 'offline 120' })
  })

  test('is pending if its old shard is not heard of for two minutes after its deadline', async () => {
    at(299)
    expect(await evaluated(often)).toMatchObject({ revision: 0 })
    at(301)
    expect(standing(await evaluated(often))).toEqual({ web: 'pending 170' })
  })

  test('is told by its new shard only after its old one has told what it owes', async () => {
    await goDown()
    at(185)
    await evaluated(minutely)
    for (const tick of [180, 190]) await vote(home.store, after[1], hour + tick, letters('o'))
    at(195)
    const owing = await evaluated(often)
    expect(owing!.outbox.map(({ check, from, to }) => `${check} ${from}→${to}`)).toEqual([
      'web offline→online',
    ])
    const told: string[] = []
    const context = {
      ...home.context(),
      publish: async (_contact: string, { http }: { readonly http: Readonly<Record<string, unknown>> }) => {
        for (const { check, from, to } of http.transitions as Record<string, string>[]) {
          told.push(`${check} ${from}→${to}`)
        }
      },
    }
    await deliver(often, context)
    expect(told).toEqual([])
    await deliver(minutely, context)
    await evaluated(minutely)
    await evaluated(often)
    await deliver(often, context)
    expect(told).toEqual(['web pending→offline', 'web offline→online'])
  })

  test('and back again within an interval is where it was', async () => {
    await announce(home.store, [
      { from: hour, shards: [before] },
      { from: hour + 130, shards: [...after] },
      { from: hour + 140, shards: [shardPlan('p3', minutely, voters, [web, db])] },
    ])
    await goDown()
    at(170)
    await evaluated(minutely)
    await evaluated(often)
    expect(standing(await evaluated(minutely))).toEqual({ web: 'offline 120' })
  })
})

test('a shard that a plan leaves out is retired when the plan begins, not at its next tick', async () => {
  const hourly = shardId('3600s-abcdef-1')
  const rare = shardPlan('p1', hourly, voters, [web])
  await announce(home.store, [
    { from: hour, shards: [rare] },
    { from: hour + 600, shards: [shardPlan('p2', minutely, voters, [db])] },
  ])
  await vote(home.store, rare, hour, letters('x'))
  at(40)
  await evaluated(hourly)
  at(601)
  const state = await evaluated(hourly)
  expect(state!.outbox.map(({ check, to, tick }) => `${check} ${to} ${tick - hour}`)).toEqual([
    'web removed 600',
  ])
})
