import middy, { type MiddlewareObj } from '@middy/core'
import type { Context } from 'aws-lambda'
import { nameOf } from '../../shared/text/error.ts'
import type { Log } from './log.ts'

/** A handler as AWS and the local cloud call it. */
export type Invocable<Event, Result> = (event: Event, context: Context) => Promise<Result>

/** Wraps a handler so that a failure is logged with its cause before AWS sees it. */
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
 * Creates the handler on its first invocation and keeps it while the function is warm, so that importing the file
 * needs no environment variables.
 */
export function lazily<Event, Result>(make: () => Invocable<Event, Result>): Invocable<Event, Result> {
  let made: Invocable<Event, Result> | undefined
  return (event, context) => {
    made ??= make()
    return made(event, context)
  }
}

/** The response to a batch from SQS or a stream; only the records listed here are delivered again. */
export interface BatchResult {
  batchItemFailures: { itemIdentifier: string }[]
}

interface Failure {
  readonly itemIdentifier: string
  readonly reason: unknown
}

/**
 * Handles each stream record on its own, so that one failure does not fail the others. Failures with the same reason
 * are logged once, since a missing table fails a hundred records at a time.
 *
 * Never throws: the event source mapping halves a batch that throws (`bisectBatchOnError`), so a hundred records could
 * become a hundred dead letters. Permanent failures show in the iterator age and in the dead-letter queue.
 *
 * @param identify returns a record's sequence number.
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
 * Handles each message of a queue on its own.
 *
 * @param identify returns the `messageId` of an SQS record.
 * @throws when every message failed. SQS redelivers all of them either way, but only a throw counts as an error in
 *   CloudWatch and its alarms.
 */
export async function eachMessage<Item>(
  log: Log,
  messages: readonly Item[],
  identify: (message: Item) => string,
  handle: (message: Item) => Promise<void>,
): Promise<BatchResult> {
  const failures = await failuresAmong(messages, identify, handle)
  if (failures.length === 0 || failures.length < messages.length) return answerTo(log, failures)
  // Not logged here: `invocable` logs what is thrown.
  if (byReason(failures).size === 1) throw failures[0]!.reason
  answerTo(log, failures)
  throw new Error('every message failed')
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
    log.error(`${what} failed and will be retried`, {
      itemIdentifiers: failed.map(({ itemIdentifier }) => itemIdentifier),
      error,
    })
  }
  return { batchItemFailures: failures.map(({ itemIdentifier }) => ({ itemIdentifier })) }
}
