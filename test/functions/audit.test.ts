import { SNSClient } from '@aws-sdk/client-sns'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { createAudit } from '../../functions/audit.ts'
import { localCredentials } from '../../functions/dev/cloud/database.ts'
import { type Answer, startEndpoint } from '../../functions/dev/cloud/endpoint.ts'
import { type Published, publishTo } from '../../functions/dev/cloud/topics.ts'
import { topicArn } from '../../functions/runtime/settings.ts'
import { listSubscriptions } from '../../functions/runtime/subscriptions.ts'
import { snsPublish } from '../../shared/alerts/publish.ts'
import { manualClock } from '../fixtures/clock.ts'
import { context, recordingLog } from './events.ts'

const configuration = JSON.stringify({
  operators: 'ops',
  contacts: [
    { name: 'ops', email: ['ops@example.com'], sms: [], webhook: [] },
    { name: 'hook', email: [], sms: [], webhook: ['https://hooks.example.com/T0/secret'] },
  ],
})

type Listed = readonly (readonly [arn: string, protocol: string, endpoint: string])[]

beforeEach(() => vi.stubEnv('UPQUORUM_TOPIC_PREFIX', 'arn:aws:sns:us-east-1:123456789012:upquorum-'))
afterEach(() => vi.unstubAllEnvs())

/** Runs an audit against an SNS that lists these pages; `undefined` stands for a missing topic. */
async function audit(topics: Readonly<Record<string, readonly Listed[] | undefined>>) {
  const published: Published[] = []
  function list(body: string): Answer {
    const form = new URLSearchParams(body)
    const pages = topics[form.get('TopicArn')!.split(':').at(-1)!]
    if (pages === undefined) {
      const error =
        '<Error><Type>Sender</Type><Code>NotFound</Code><Message>Topic does not exist</Message></Error>'
      return { status: 404, type: 'text/xml', body: `<ErrorResponse>${error}</ErrorResponse>` }
    }
    const page = Number(form.get('NextToken') ?? 0)
    const members = (pages[page] ?? []).map(
      ([arn, protocol, endpoint]) =>
        `<member><SubscriptionArn>${arn}</SubscriptionArn><Protocol>${protocol}</Protocol><Endpoint>${endpoint}</Endpoint></member>`,
    )
    const next = page + 1 < pages.length ? `<NextToken>${page + 1}</NextToken>` : ''
    const result = `<ListSubscriptionsByTopicResult><Subscriptions>${members.join('')}</Subscriptions>${next}</ListSubscriptionsByTopicResult>`
    return {
      status: 200,
      type: 'text/xml',
      body: `<ListSubscriptionsByTopicResponse>${result}</ListSubscriptionsByTopicResponse>`,
    }
  }
  const endpoint = await startEndpoint({
    ListSubscriptionsByTopic: list,
    Publish: publishTo(
      () => true,
      (message) => {
        published.push(message)
      },
    ),
  })
  const client = new SNSClient({ endpoint: endpoint.url, region: 'local', credentials: localCredentials })
  onTestFinished(async () => {
    client.destroy()
    await endpoint.close()
  })
  const clock = manualClock(1_790_000_040_000)
  const log = recordingLog()
  const run = createAudit({
    configuration: async () => configuration,
    subscriptions: (contact) => listSubscriptions(client, contact),
    publish: snsPublish(client, topicArn, clock),
    clock,
    log,
  })
  const { told } = await run({}, context)
  return { told, published, log }
}

const arn = 'arn:aws:sns:us-east-1:123456789012:upquorum-ops:0d1e2f3a'
const ops = [arn, 'email', 'ops@example.com'] as const
const hook = [arn, 'https', 'https://hooks.example.com/T0/secret'] as const

test('where everybody is subscribed, on whatever page, nobody is told anything', async () => {
  const others = [[arn, 'sqs', 'arn:aws:sqs:us-east-1:123456789012:queue'] as const]
  const { told, published, log } = await audit({
    'upquorum-ops': [others, [], [ops]],
    'upquorum-hook': [[hook]],
  })
  expect({ told, published }).toEqual({ told: 0, published: [] })
  expect(log.lines).toEqual([])
})

test('who has not confirmed, and who has unsubscribed, is told to the operators in one message', async () => {
  const { told, published, log } = await audit({
    'upquorum-ops': [[['PendingConfirmation', 'email', 'ops@example.com']]],
    'upquorum-hook': [[['Deleted', 'https', 'https://hooks.example.com/T0/secret']]],
  })
  expect(told).toBe(2)
  expect(published).toMatchObject([
    {
      topic: 'upquorum-ops',
      subject: 'endpoint hooks.example.com is NOT SUBSCRIBED; 1 more notice',
      attributes: { kind: ['endpoint'], status: ['lost'] },
    },
  ])
  expect(published[0]!.texts.email).toContain(
    'endpoint o***@example.com is NOT SUBSCRIBED\n  Its subscription is not confirmed',
  )
  expect(log.lines.map((line) => line.split(':')[0])).toEqual([
    'warn endpoint o***@example.com',
    'warn endpoint hooks.example.com',
  ])
  expect(JSON.stringify([published, log.lines])).not.toMatch(/secret|ops@/)
})

test('a contact whose topic is gone is told with the others', async () => {
  const { published } = await audit({ 'upquorum-ops': [[ops]] })
  expect(published).toMatchObject([{ subject: 'contact hook is UNREACHABLE' }])
  expect(published[0]!.texts.email).toContain('cannot be listed: NotFoundException: Topic does not exist')
})
