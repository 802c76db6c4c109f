import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, startDatabase } from '../../functions/dev/cloud/database.ts'
import { envelop, envelopeBytes } from '../../shared/alerts/format/envelope.ts'
import { check } from '../fixtures/words.ts'
import { partitionOf } from '../line/world.ts'
import { checkOf, startDelivery } from './delivery.ts'
import { maxMessageBytes } from './limits.ts'

let database: Database
beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.close())

const shardSize = 200
/** The longest names allowed. */
const names = Array.from({ length: shardSize }, (_, index) =>
  `${String(index).padStart(3, '0')}-`.padEnd(64, 'n'),
)
const contacts = { boss: ['online'], hook: ['offline'], ops: 'all' } as const

test('a whole shard that flips at once is one digest for each contact, with every alertId', async () => {
  const table = partitionOf(database.client)
  const voters = Array.from({ length: 8 }, (_, index) => `voter-${index}`)
  const home = await startDelivery(
    table,
    names.map((name) => checkOf(name, contacts)),
    { voters },
  )
  await home.decide('o'.repeat(shardSize))
  expect(await home.deliver()).toEqual([])
  expect(home.heard).toEqual([])

  const { tick } = await home.decide('x'.repeat(shardSize))
  expect(await home.deliver()).toEqual([])
  expect(home.heard.map(({ contact }) => contact)).toEqual(['hook', 'ops'])
  for (const { message } of home.heard) {
    expect(message.attributes.alertId).toEqual(names.map((name) => `${name}@${tick}`))
    expect(message.http).toMatchObject({ counts: { offline: shardSize }, omitted: { transitions: 0 } })
    expect(message.subject).toMatch(/^200 checks OFFLINE: /)
    const bytes = envelopeBytes(envelop(message))
    expect(bytes).toBeLessThan(maxMessageBytes)
  }

  for (const name of names) {
    expect(await table.status(check(name))).toMatchObject({ from: 'online', to: 'offline', tick })
    const events = await table.events(check(name), 5)
    expect(events.map(({ from, to }) => `${from}→${to}`)).toEqual(['online→offline', 'pending→online'])
    expect(Object.keys(events[0]!.votes)).toEqual(voters)
  }

  const recovered = await home.decide('o'.repeat(shardSize))
  await home.deliver()
  expect(home.heard.slice(2).map(({ contact }) => contact)).toEqual(['boss', 'ops'])
  expect(recovered.outbox).toHaveLength(shardSize)
  expect(await home.decide('o'.repeat(shardSize))).toMatchObject({ outbox: [], due: 0 })
})
