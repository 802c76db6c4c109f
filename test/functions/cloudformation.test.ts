import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { answerCloudFormation } from '../../functions/runtime/cloudformation.ts'
import type { Clock } from '../../shared/clock.ts'
import { refusingAddress } from '../fixtures/servers.ts'

/** A clock whose timers fire at once, and are counted. */
function hurriedClock() {
  const pausesMs: number[] = []
  const clock: Clock = {
    now: () => 0,
    monotonic: () => 0,
    timer(delayMs, callback) {
      pausesMs.push(delayMs)
      queueMicrotask(callback)
      return () => {}
    },
  }
  return { ...clock, pausesMs }
}

/** A server that accepts PUTs. Each request gets the next of these responses, and further ones the last. */
async function startBucket(answers: readonly (number | 'silence')[]) {
  const puts: { method: string | undefined; type: string | undefined; body: string }[] = []
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const answer = answers[Math.min(puts.length, answers.length - 1)]!
      puts.push({ method: request.method, type: request.headers['content-type'], body })
      if (answer !== 'silence') response.writeHead(answer).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/answer`, puts }
}

test('an answer is put once, without a content type, which the signature of the address does not cover', async () => {
  const { url, puts } = await startBucket([200])
  const clock = hurriedClock()
  await answerCloudFormation(url, '{"Status":"SUCCESS"}', { clock })
  expect(puts).toEqual([{ method: 'PUT', type: '', body: '{"Status":"SUCCESS"}' }])
  expect(clock.pausesMs).toEqual([])
})

test.each([[503], ['silence']] as const)(
  'an answer that meets %s twice is put a third time',
  async (mishap) => {
    const { url, puts } = await startBucket([mishap, mishap, 200])
    const clock = hurriedClock()
    await answerCloudFormation(url, '{}', { clock, attemptMs: 100 })
    expect(puts).toHaveLength(3)
    expect(clock.pausesMs).toEqual([1000, 1000])
  },
)

test.each([
  [403, 'CloudFormation did not accept the response: 403'],
  ['silence', 'CloudFormation did not accept the response: no answer within 100 ms'],
] as const)('after three times %s it is given up', async (mishap, message) => {
  const { url, puts } = await startBucket([mishap])
  await expect(answerCloudFormation(url, '{}', { clock: hurriedClock(), attemptMs: 100 })).rejects.toThrow(
    new Error(message),
  )
  expect(puts).toHaveLength(3)
})

test('nobody there is told as such', async () => {
  const { host, port } = await refusingAddress()
  await expect(
    answerCloudFormation(`http://${host}:${port}/`, '{}', { clock: hurriedClock() }),
  ).rejects.toThrow(`CloudFormation did not accept the response: connect ECONNREFUSED ${host}:${port}`)
})
