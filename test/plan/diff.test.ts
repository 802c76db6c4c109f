import { expect, test } from 'vitest'
import type { ConfiguredCheck } from '../../shared/config/config.ts'
import { diffPlans } from '../../shared/plan/diff.ts'
import { makePlan } from '../../shared/plan/make.ts'
import { configOf, configured } from './configs.ts'

const difference = async (before: readonly ConfiguredCheck[], after: readonly ConfiguredCheck[]) => {
  const old = await makePlan(configOf(before))
  const next = await makePlan(configOf(after), old.shards)
  return diffPlans(old.shards, next.shards)
}

const web = configured('web')

test('the same checks make no difference, in whatever order they are written', async () => {
  const db = configured('db', { intervalSeconds: 10 })
  expect(await difference([web, db], [db, web])).toEqual({ added: [], removed: [], changed: [] })
})

test('checks come and go, also by being enabled and disabled', async () => {
  const off = (name: string) => configured(name, { enabled: false })
  expect(
    await difference([web, configured('old'), configured('asleep')], [web, configured('new'), off('asleep')]),
  ).toEqual({ added: ['new'], removed: ['old', 'asleep'], changed: [] })
})

test.each<[string, Partial<ConfiguredCheck>]>([
  ['interval', { intervalSeconds: 30 }],
  ['from', { voters: configured('x', { voters: ['eu-west-1'] }).voters }],
  ['tcp', { kind: 'tcp', target: { host: 'example.com', port: 5433 } } as Partial<ConfiguredCheck>],
  ['timeout', { timeoutMs: 5000 }],
  ['slow', { slowMs: 500 }],
  ['confirmations', { confirmations: 2 }],
  ['delay', { delay: { down: 3, up: 2 } }],
  ['tags', { tags: ['shop'] }],
  ['allow_private', { allowPrivate: true }],
])('a changed %s is told in the word of the configuration', async (word, change) => {
  const changed = { ...web, ...change } as ConfiguredCheck
  expect(await difference([web], [changed])).toEqual({
    added: [],
    removed: [],
    changed: [{ check: 'web', what: [word] }],
  })
})
