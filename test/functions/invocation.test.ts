import { expect, test } from 'vitest'
import { eachRecord } from '../../functions/runtime/invocation.ts'
import { recordingLog } from './events.ts'

/** Records that are numbers, of which those in `failing` fail, each for the reason given. */
async function handleAll(records: readonly number[], failing: Readonly<Record<number, string>>) {
  const log = recordingLog()
  const answer = await eachRecord(log, records, String, async (record) => {
    const reason = failing[record]
    if (reason !== undefined) throw new Error(reason)
  }).catch((error: Error) => error.message)
  return { answer, lines: log.lines }
}

test('what fails is named, and logged once for each reason', async () => {
  expect(await handleAll([1, 2, 3, 4], { 1: 'gone', 2: 'gone', 4: 'damaged' })).toEqual({
    answer: {
      batchItemFailures: [{ itemIdentifier: '1' }, { itemIdentifier: '2' }, { itemIdentifier: '4' }],
    },
    lines: [
      'error 2 records failed and will be sent again: Error: gone',
      'error a record failed and will be sent again: Error: damaged',
    ],
  })
})

test('a batch of which nothing worked fails as a whole, with its only reason', async () => {
  expect(await handleAll([1, 2], { 1: 'gone', 2: 'gone' })).toEqual({ answer: 'gone', lines: [] })
})

test('a batch of which nothing worked for several reasons has told each of them', async () => {
  expect(await handleAll([1, 2], { 1: 'gone', 2: 'damaged' })).toEqual({
    answer: 'every record failed',
    lines: [
      'error a record failed and will be sent again: Error: gone',
      'error a record failed and will be sent again: Error: damaged',
    ],
  })
})

test('a batch without records is done', async () => {
  expect(await handleAll([], {})).toEqual({ answer: { batchItemFailures: [] }, lines: [] })
})
