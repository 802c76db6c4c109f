import middy, { type MiddlewareObj } from '@middy/core'
import type { Context } from 'aws-lambda'
import { nameOf } from '../../shared/text/error.ts'
import type { Log } from './log.ts'

/** A handler as AWS calls it, and as the local cloud does. */
export type Invocable<Event, Result> = (event: Event, context: Context) => Promise<Result>

/** What every handler has around it: a failure is logged with its cause before AWS sees it. */
export function invocable<Event, Result>(
  log: Log,
  handle: (event: Event, context: Context) => Promise<Result>,
): Invocable<Event, Result> {
  const handler = middy<Event, Result>()
    .use(failureLogged(log))
    .handler((event, context) => handle(event, context))
  return async (event, context) => (await handler(event, context)) as Result
}

function failureLogged(log: Log): MiddlewareObj {
  return {
    onError: ({ error }) => {
      log.error('the invocation failed', { error: nameOf(error) })
    },
  }
}

/**
 * A handler that is made at its first invocation and kept while the function is warm: importing the file
 * needs no environment.
 */
export function lazily<Event, Result>(make: () => Invocable<Event, Result>): Invocable<Event, Result> {
  let made: Invocable<Event, Result> | undefined
  return (event, context) => {
    made ??= make()
    return made(event, context)
  }
}

/** The answer to a batch from SQS or a stream: only the records named here are sent again. */
export interface BatchResult {
  batchItemFailures: { itemIdentifier: string }[]
}

interface Failure {
  readonly itemIdentifier: string
  readonly reason: unknown
}

/**
 * Handles each record of a stream by itself: one that fails does not take the others with it. What fails for the same
 * reason is logged once, since a table that is gone fails a hundred records at a time.
 *
 * It never throws, whatever fails: the mapping halves a batch that does (`bisectBatchOnError`), and a hundred records
 * would end as up to a hundred dead letters. What fails for good shows in the iterator's age and the dead letters.
 *
 * @param identify the sequence number of a record.
 */
export async function eachRecord<Item>(
  log: Log,
  records: readonly Item[],
  identify: (record: Item) => string,
  handle: (record: Item) => Promise<void>,
): Promise<BatchResult> {
  return answerTo(log, await failuresAmong(records, identify, handle))
}

/**
 * The same for the messages of a queue.
 *
 * @param identify the `messageId` of an SQS record.
 * @throws when every message failed. SQS then gives all of them again, as it would by an answer that names them; but
 *   only a throw is an error to CloudWatch, and to whoever hears its alarms.
 */
export async function eachMessage<Item>(
  log: Log,
  messages: readonly Item[],
  identify: (message: Item) => string,
  handle: (message: Item) => Promise<void>,
): Promise<BatchResult> {
  const failures = await failuresAmong(messages, identify, handle)
  if (failures.length === 0 || failures.length < messages.length) return answerTo(log, failures)
  // What is thrown is logged by whoever catches it.
  if (byReason(failures).size === 1) throw failures[0]!.reason
  answerTo(log, failures)
  throw new Error('every record failed')
}

async function failuresAmong<Item>(
  records: readonly Item[],
  identify: (record: Item) => string,
  handle: (record: Item) => Promise<void>,
): Promise<readonly Failure[]> {
  const outcomes = await Promise.allSettled(records.map(handle))
  return outcomes.flatMap((outcome, index) =>
    outcome.status === 'fulfilled'
      ? []
      : [{ itemIdentifier: identify(records[index]!), reason: outcome.reason as unknown }],
  )
}

const byReason = (failures: readonly Failure[]) => Map.groupBy(failures, ({ reason }) => nameOf(reason))

function answerTo(log: Log, failures: readonly Failure[]): BatchResult {
  for (const [error, failed] of byReason(failures)) {
    const what = failed.length === 1 ? 'a record' : `${failed.length} records`
    log.error(`${what} failed and will be sent again`, {
      itemIdentifiers: failed.map(({ itemIdentifier }) => itemIdentifier),
      error,
    })
  }
  return { batchItemFailures: failures.map(({ itemIdentifier }) => ({ itemIdentifier })) }
}
