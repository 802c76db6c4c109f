import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { cloudWatchStream } from '../../functions/runner/cloudwatch.ts'
import { type LogLine, shipLog } from '../../functions/runner/log-stream.ts'
import { manualClock } from '../fixtures/clock.ts'

const startMs = 1_790_000_000_000
const settle = () => new Promise((done) => setImmediate(done))

describe('a shipped log', () => {
  let clock: ReturnType<typeof manualClock>
  let local: string[]
  let taken: (readonly LogLine[])[]
  let isAway: boolean
  let log: ReturnType<typeof shipLog>
  beforeEach(() => {
    clock = manualClock(startMs)
    local = []
    taken = []
    isAway = false
    const say = (message: string) => void local.push(message)
    log = shipLog(
      { info: say, warn: say, error: say },
      async (lines) => {
        if (isAway) throw new Error('away')
        taken.push(lines)
      },
      clock,
    )
  })
  async function pass(ms: number) {
    clock.advance(ms)
    await settle()
  }
  const messages = () =>
    taken.map((lines) => lines.map(({ message }) => (JSON.parse(message) as { message: string }).message))

  test('is written here at once, and there every five seconds', async () => {
    log.info('first', { shard: 'a' })
    await pass(1000)
    log.error('second')
    expect(local).toEqual(['first', 'second'])
    expect(taken).toEqual([])
    await pass(4000)
    expect(taken).toEqual([
      [
        { timestamp: startMs, message: '{"level":"INFO","message":"first","shard":"a"}' },
        { timestamp: startMs + 1000, message: '{"level":"ERROR","message":"second"}' },
      ],
    ])
    await pass(5000)
    expect(taken).toHaveLength(1)
  })

  test('waits while it cannot arrive, which is said once, and here only', async () => {
    isAway = true
    log.warn('one')
    await pass(5000)
    log.warn('two')
    await pass(10_000)
    expect(local).toEqual(['one', 'the log cannot be sent to CloudWatch', 'two'])
    isAway = false
    await pass(5000)
    expect(messages()).toEqual([['one', 'two']])
  })

  test('keeps a thousand lines, and tells how many it could not', async () => {
    isAway = true
    for (let index = 0; index < 1200; index++) log.info(`${index}`)
    await pass(5000)
    isAway = false
    await pass(5000)
    await pass(5000)
    expect(messages()[0]).toHaveLength(1000)
    expect(messages()[0]![0]).toBe('200')
    expect(JSON.parse(taken[1]![0]!.message)).toMatchObject({
      message: 'log lines were dropped',
      dropped: 200,
    })
  })

  test('drops what one call could not hold beside today’s', async () => {
    isAway = true
    log.info('yesterday')
    await pass(24 * 3_600_000)
    log.info('today')
    isAway = false
    await pass(5000)
    expect(messages()[0]).toEqual(['today'])
  })

  test('is in order although the clock was set back', async () => {
    log.info('later')
    clock.now = () => startMs - 1000
    log.info('earlier')
    await pass(5000)
    expect(messages()).toEqual([['earlier', 'later']])
  })

  test('cuts a line that is too long, between two letters', async () => {
    log.info('ä'.repeat(2000))
    await pass(5000)
    const [line] = taken[0]!
    expect(Buffer.byteLength(line!.message)).toBeLessThanOrEqual(1000)
    expect(line!.message).toMatch(/ä\uFFFD?…$/)
  })

  test('sends what is left when it is closed, and nothing after', async () => {
    log.info('last')
    await log.close(800)
    expect(messages()).toEqual([['last']])
    expect(clock.pending()).toBe(0)
  })

  test('does not wait long for what does not arrive', async () => {
    const never = shipLog({ info() {}, warn() {}, error() {} }, () => new Promise(() => {}), clock)
    never.info('lost')
    let closed = false
    const closing = never.close(800).then(() => {
      closed = true
    })
    await pass(700)
    expect(closed).toBe(false)
    await pass(100)
    expect(closed).toBe(true)
    await closing
  })
})

describe('CloudWatch', () => {
  let server: Server
  let asked: { target: string; body: Record<string, unknown> }[]
  let refuse: string | undefined
  let take: ReturnType<typeof cloudWatchStream>
  beforeEach(async () => {
    asked = []
    refuse = undefined
    server = createServer((request, response) => {
      void text(request).then((body) => {
        const target = String(request.headers['x-amz-target']).replace('Logs_20140328.', '')
        asked.push({ target, body: JSON.parse(body) as Record<string, unknown> })
        const error = target === refuse?.split(' ')[0] ? refuse.split(' ')[1] : undefined
        response.writeHead(error === undefined ? 200 : 400, { 'content-type': 'application/x-amz-json-1.1' })
        response.end(JSON.stringify(error === undefined ? {} : { __type: error, message: 'no' }))
      })
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    take = cloudWatchStream('/upquorum/runner/lab-1', 'now', {
      region: 'us-east-1',
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 1,
    })
  })
  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })
  const line = { timestamp: startMs, message: 'a line' }
  const place = { logGroupName: '/upquorum/runner/lab-1', logStreamName: 'now' }

  test('gets a stream, once, and the lines', async () => {
    await take([line])
    await take([line])
    const put = { target: 'PutLogEvents', body: { ...place, logEvents: [line] } }
    expect(asked).toEqual([{ target: 'CreateLogStream', body: place }, put, put])
  })

  test('may have the stream already', async () => {
    refuse = 'CreateLogStream ResourceAlreadyExistsException'
    await take([line])
    expect(asked.map(({ target }) => target)).toEqual(['CreateLogStream', 'PutLogEvents'])
  })

  test('may have lost the stream: it is made again', async () => {
    await take([line])
    refuse = 'PutLogEvents ResourceNotFoundException'
    await expect(take([line])).rejects.toThrow('no')
    refuse = undefined
    await take([line])
    expect(asked.map(({ target }) => target)).toEqual([
      'CreateLogStream',
      'PutLogEvents',
      'PutLogEvents',
      'CreateLogStream',
      'PutLogEvents',
    ])
  })
})
