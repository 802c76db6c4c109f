import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, startDatabase } from '../../functions/dev/cloud/database.ts'
import { snsPublish } from '../../shared/alerts/publish.ts'
import { partitionOf } from '../line/world.ts'
import { checkOf, minuteMs, startDelivery } from './delivery.ts'
import { error, hangUp, startSns } from './sns.ts'

let database: Database
beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.close())

const topicOf = (name: string) => `arn:aws:sns:local:000000000000:${name}`

test('what SNS refuses for a while stays in the outbox and is told once, when it takes it again', async () => {
  const home = await startDelivery(partitionOf(database.client), [checkOf('web', { ops: 'all' })])
  const sns = await startSns(2)
  const publish = snsPublish(sns.client, topicOf, home.clock)
  await home.decide('x')
  for (const trouble of [
    error(400, 'Throttled', 'Rate exceeded'),
    error(500, 'InternalError', 'We are sorry'),
    hangUp,
  ]) {
    sns.trouble('ops', trouble)
    expect(await home.deliver(publish)).toMatchObject([{ contact: 'ops', givenUp: false }])
    home.clock.advance(minuteMs)
  }
  expect(sns.requests()).toBe(6)
  sns.trouble('ops', undefined)
  expect(await home.deliver(publish)).toEqual([])
  expect(await home.deliver(publish)).toEqual([])
  expect(sns.published).toHaveLength(1)
  expect(sns.published[0]).toMatchObject({
    topic: 'ops',
    subject: 'web is OFFLINE since it was added: refused (2 of 2 voters)',
    attributes: { check: ['web'], status: ['offline'], kind: ['tcp'], alertId: ['web@1790002800'] },
  })
  expect(Object.keys(sns.published[0]!.texts)).toEqual(['default', 'sms', 'email'])
})

test('of a contact whose topic is gone the others hear nothing, and they hear everything', async () => {
  const contacts = { a: 'all', gone: 'all', ops: 'all' } as const
  const home = await startDelivery(partitionOf(database.client), [checkOf('web', contacts)])
  const sns = await startSns()
  const publish = snsPublish(sns.client, topicOf, home.clock)
  sns.trouble('gone', error(404, 'NotFound', 'Topic does not exist'))
  await home.decide('x')
  expect(await home.deliver(publish)).toEqual([
    { contact: 'gone', error: 'NotFoundException: Topic does not exist', givenUp: true },
  ])
  await home.decide('o')
  await home.deliver(publish)
  expect(sns.published.map(({ topic, attributes }) => `${topic} ${attributes.status}`)).toEqual([
    'a offline',
    'ops offline',
    'a online',
    'ops online',
  ])
})
