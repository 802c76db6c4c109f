import { expect, test } from 'vitest'
import { type Subscription, unsubscribed } from '../../shared/alerts/subscriptions.ts'
import type { Contact } from '../../shared/config/config.ts'
import { contact, tick } from '../fixtures/words.ts'

const ops: Contact = {
  name: contact('ops'),
  email: ['ops@example.com'],
  sms: ['+15550100'],
  webhook: ['https://hooks.example.com/T0/secret'],
}
const at = tick(1_790_000_040)
const confirmed: readonly Subscription[] = [
  { protocol: 'email', endpoint: 'ops@example.com', confirmed: true },
  { protocol: 'sms', endpoint: '+15550100', confirmed: true },
  { protocol: 'https', endpoint: 'https://hooks.example.com/T0/secret', confirmed: true },
]
const found = (listed: readonly Subscription[]) =>
  unsubscribed(ops, listed, at).map(({ name, detail }) => `${name}: ${detail}`)

test('an endpoint that is subscribed is not spoken of, however its address is spelt', () => {
  expect(found(confirmed)).toEqual([])
  expect(found(confirmed.map((each) => ({ ...each, endpoint: each.endpoint.toUpperCase() })))).toEqual([])
})

test('one that has not confirmed is', () => {
  expect(found(confirmed.map((each) => ({ ...each, confirmed: each.protocol !== 'email' })))).toEqual([
    'o***@example.com: Its subscription is not confirmed; the link that SNS sent is valid for 48 hours. ' +
      'Until then, alerts for ops do not reach it.',
  ])
})

test('so is one that SNS does not know any more, without the path of a webhook and with nobody’s whole address', () => {
  const why = (protocol: string) =>
    'Its subscription is gone: it was not confirmed within 48 hours, or its owner unsubscribed. Subscribe it to ' +
    `the contact's topic again (protocol ${protocol}). Until then, alerts for ops do not reach it.`
  expect(found([])).toEqual([
    `o***@example.com: ${why('email')}`,
    `+1555…00: ${why('sms')}`,
    `hooks.example.com: ${why('https')}`,
  ])
  expect(JSON.stringify(unsubscribed(ops, [], at))).not.toMatch(/secret|ops@|0100/)
})

test('a subscription that somebody added by hand is none of our business', () => {
  const added = { protocol: 'email', endpoint: 'boss@example.com', confirmed: false }
  expect(found([...confirmed, added])).toEqual([])
})

test('each has an id of its own, those that look alike as well', () => {
  const alike: Contact = {
    ...ops,
    email: ['olga@example.com', 'ops@example.com', 'ops@example.org'],
    webhook: ['https://hooks.example.com/T0/secret', 'https://hooks.example.com/T1/secret'],
  }
  expect(unsubscribed(alike, [], at).map(({ alertId }) => alertId)).toEqual([
    'endpoint/ops/o***@example.com (1 of 2)@1790000040',
    'endpoint/ops/o***@example.com (2 of 2)@1790000040',
    'endpoint/ops/o***@example.org@1790000040',
    'endpoint/ops/+1555…00@1790000040',
    'endpoint/ops/hooks.example.com (1 of 2)@1790000040',
    'endpoint/ops/hooks.example.com (2 of 2)@1790000040',
  ])
  const [first] = unsubscribed(alike, [{ protocol: 'email', endpoint: alike.email[0]!, confirmed: true }], at)
  expect(first!.name).toBe('o***@example.com (2 of 2)')
})
