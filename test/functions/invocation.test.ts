import { describe, expect, test } from 'vitest'
import { eachMessage, eachRecord } from '../../functions/runtime/invocation.ts'
import { recordingLog } from './events.ts'

/** Handles numbers as records; those in `failing` fail with the given reason. */
async function handleAll(
  each: typeof eachRecord,
  records: readonly number[],
  failing: Readonly<Record<number, string>>,
) {
  const log = recordingLog()
  const answer = await each(log, records, String, async (record) => {
    const reason = failing[record]
    if (reason !== undefined) throw new Error(reason)
  }).catch((error: Error) => error.message)
  return { answer, lines: log.lines }
}

const one = { itemIdentifier: '1' }
const two = { itemIdentifier: '2' }

describe.each([
  ['a stream', eachRecord],
  ['a queue', eachMessage],
])('of a batch from %s', (_source, each) => {
  test('what fails is named, and logged once for each reason', async () => {
    expect(await handleAll(each, [1, 2, 3, 4], { 1: 'gone', 2: 'gone', 4: 'damaged' })).toEqual({
      answer: { batchItemFailures: [one, two, { itemIdentifier: '4' }] },
      lines: [
        'error 2 records failed and will be retried: Error: gone',
        'error a record failed and will be retried: Error: damaged',
      ],
    })
  })

  test('that has no records all is done', async () => {
    expect(await handleAll(each, [], {})).toEqual({ answer: { batchItemFailures: [] }, lines: [] })
  })
})

describe('a batch of which nothing worked', () => {
  test('of a queue fails as a whole, with its only reason', async () => {
    expect(await handleAll(eachMessage, [1, 2], { 1: 'gone', 2: 'gone' })).toEqual({
      answer: 'gone',
      lines: [],
    })
  })

  test('of a queue has told each of several reasons before it fails', async () => {
    expect(await handleAll(eachMessage, [1, 2], { 1: 'gone', 2: 'damaged' })).toEqual({
      answer: 'every message failed',
      lines: [
        'error a record failed and will be retried: Error: gone',
        'error a record failed and will be retried: Error: damaged',
      ],
    })
  })

  test('of a stream names every record and throws nothing: a throw would halve it again and again', async () => {
    expect(await handleAll(eachRecord, [1, 2], { 1: 'gone', 2: 'gone' })).toEqual({
      answer: { batchItemFailures: [one, two] },
      lines: ['error 2 records failed and will be retried: Error: gone'],
    })
  })
})
