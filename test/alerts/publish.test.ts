import { setTimeout } from 'node:timers/promises'
import { SNSClient } from '@aws-sdk/client-sns'
import { describe, expect, test } from 'vitest'
import { localCredentials } from '../../functions/dev/cloud/database.ts'
import { systemClock } from '../../functions/runtime/clock.ts'
import { testMessage } from '../../shared/alerts/format/message.ts'
import { maxErrorBytes, NoTurn, type PublishError, snsPublish } from '../../shared/alerts/publish.ts'
import { manualClock } from '../fixtures/clock.ts'
import { refusingAddress } from '../fixtures/servers.ts'
import { contact, tick } from '../fixtures/words.ts'
import { error, hangUp, silence, startSns, type Trouble } from './sns.ts'

const message = testMessage(contact('ops'), tick(1_790_000_040))
const topicOf = (name: string) => `arn:aws:sns:local:000000000000:${name}`

async function failureOf(publishing: Promise<void>): Promise<PublishError> {
  try {
    await publishing
  } catch (failure) {
    return failure as PublishError
  }
  throw new Error('it succeeded')
}

describe('what SNS says', () => {
  const troubles: Readonly<Record<string, { trouble: Trouble; permanent: boolean; says: RegExp }>> = {
    'a topic that is gone': {
      trouble: error(404, 'NotFound', 'Topic does not exist'),
      permanent: true,
      says: /^NotFoundException: Topic does not exist$/,
    },
    'a message that it does not take': {
      trouble: error(400, 'InvalidParameter', 'Invalid parameter: Subject'),
      permanent: true,
      says: /^InvalidParameterException: Invalid parameter: Subject$/,
    },
    'no permission, which somebody may mend': {
      trouble: error(403, 'AuthorizationError', 'not authorized'),
      permanent: false,
      says: /^AuthorizationErrorException: not authorized$/,
    },
    'too many requests': {
      trouble: error(400, 'Throttled', 'Rate exceeded'),
      permanent: false,
      says: /^ThrottledException: Rate exceeded$/,
    },
    'an error of its own': {
      trouble: error(500, 'InternalError', 'We are sorry'),
      permanent: false,
      says: /^InternalErrorException: We are sorry$/,
    },
    'something that is no answer at all': {
      trouble: (_, response) => response.writeHead(503, { 'content-type': 'text/html' }).end('<h1>Oops'),
      permanent: false,
      says: /./,
    },
    'nothing, and hangs up': { trouble: hangUp, permanent: false, says: /socket hang up|ECONNRESET/ },
  }

  test.for(Object.entries(troubles))('%s', async ([_, { trouble, permanent, says }]) => {
    const sns = await startSns(1)
    sns.trouble('ops', trouble)
    const failure = await failureOf(snsPublish(sns.client, topicOf, systemClock)(contact('ops'), message))
    expect(failure).toMatchObject({ name: 'PublishError', permanent })
    expect(failure.message).toMatch(says)
    expect(sns.published).toEqual([])
  })

  test('an error of its own is tried again by the client', async () => {
    const sns = await startSns()
    let first = true
    sns.trouble('ops', (request, response) => {
      if (first) error(500, 'InternalError', 'We are sorry')(request, response)
      else error(404, 'NotFound', 'gone')(request, response)
      first = false
    })
    const failure = await failureOf(snsPublish(sns.client, topicOf, systemClock)(contact('ops'), message))
    expect(failure.permanent).toBe(true)
    expect(sns.requests()).toBe(2)
  })

  test('at length, which is kept in part', async () => {
    const sns = await startSns(1)
    sns.trouble('ops', error(403, 'AuthorizationError', `not authorized to ${'é'.repeat(500)}`))
    const failure = await failureOf(snsPublish(sns.client, topicOf, systemClock)(contact('ops'), message))
    expect(failure.message).toMatch(/^AuthorizationErrorException: not authorized to é+…$/)
    expect(Buffer.byteLength(failure.message)).toBeLessThanOrEqual(maxErrorBytes)
  })

  test('nobody there', async () => {
    const { host, port } = await refusingAddress()
    const endpoint = `http://${host}:${port}`
    const client = new SNSClient({ endpoint, region: 'local', credentials: localCredentials, maxAttempts: 1 })
    const failure = await failureOf(snsPublish(client, topicOf, systemClock)(contact('ops'), message))
    expect(failure).toMatchObject({ permanent: false })
    expect(failure.message).toContain('ECONNREFUSED')
    client.destroy()
  })

  test('silence is waited for ten seconds, retries included', async () => {
    const sns = await startSns()
    sns.trouble('ops', silence)
    const clock = manualClock(0)
    const failing = failureOf(snsPublish(sns.client, topicOf, clock)(contact('ops'), message))
    while (sns.requests() === 0) await setTimeout(5)
    clock.advance(9_999)
    expect(await Promise.race([failing, setTimeout(20, 'waits')])).toBe('waits')
    clock.advance(1)
    expect(await failing).toMatchObject({
      message: 'TimeoutError: no answer within 10 s',
      permanent: false,
    })
    expect(clock.pending()).toBe(0)
  })
})

describe('the pace', () => {
  test('at most two publishes a second to one topic, each topic for itself', async () => {
    const sns = await startSns()
    const clock = manualClock(1_000_000)
    const publish = snsPublish(sns.client, topicOf, clock)
    const publishing = Promise.all(
      ['ops', 'ops', 'ops', 'hook', 'hook'].map((name) => publish(contact(name), message)),
    )
    const arrived = async (count: number) => {
      while (sns.published.length < count) await setTimeout(2)
      await setTimeout(20)
      expect(sns.published).toHaveLength(count)
    }
    await arrived(2)
    clock.advance(499)
    await arrived(2)
    clock.advance(1)
    await arrived(4)
    clock.advance(500)
    await publishing
    expect(sns.published.map(({ topic }) => topic).sort()).toEqual(['hook', 'hook', 'ops', 'ops', 'ops'])
  })

  test('whose turn would come too late has none, and takes none from anybody', async () => {
    const sns = await startSns()
    const clock = manualClock(1_000_000)
    const publish = snsPublish(sns.client, topicOf, clock)
    const until = clock.now() + 500
    const [ops, hook] = [contact('ops'), contact('hook')]
    const publishing = [publish(ops, message, until), publish(ops, message, until)]
    await expect(publish(ops, message, until)).rejects.toEqual(new NoTurn(ops))
    publishing.push(publish(hook, message, until), publish(ops, message))
    clock.advance(500)
    await Promise.all(publishing.slice(0, 3))
    clock.advance(500)
    await Promise.all(publishing)
    expect(sns.published.map(({ topic }) => topic).toSorted()).toEqual(['hook', 'ops', 'ops', 'ops'])
  })
})
