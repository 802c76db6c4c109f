import middy, { type MiddlewareObj } from '@middy/core'
import type { Context } from 'aws-lambda'
import { type Log, nameOf } from './log.ts'

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

/**
 * Handles each record by itself: one that fails does not take the others with it. What fails for the same reason is
 * logged once, since a table that is gone fails a hundred records at a time.
 *
 * @param identify the `messageId` of an SQS record, the sequence number of a stream's.
 * @throws when every record failed. AWS then sends all of them again, as it would by an answer that names them; but
 *   only a throw is an error to CloudWatch, and to whoever hears its alarms.
 */
export async function eachRecord<Item>(
  log: Log,
  records: readonly Item[],
  identify: (record: Item) => string,
  handle: (record: Item) => Promise<void>,
): Promise<BatchResult> {
  const outcomes = await Promise.allSettled(records.map(handle))
  const failures = outcomes.flatMap((outcome, index) =>
    outcome.status === 'fulfilled'
      ? []
      : [{ itemIdentifier: identify(records[index]!), reason: outcome.reason as unknown }],
  )
  const byError = Map.groupBy(failures, ({ reason }) => nameOf(reason))
  const isEveryOne = failures.length === records.length
  // What is thrown is logged by whoever catches it.
  if (isEveryOne && byError.size === 1) throw failures[0]!.reason
  for (const [error, failed] of byError) {
    const what = failed.length === 1 ? 'a record' : `${failed.length} records`
    log.error(`${what} failed and will be sent again`, {
      itemIdentifiers: failed.map(({ itemIdentifier }) => itemIdentifier),
      error,
    })
  }
  if (isEveryOne && byError.size > 1) throw new Error('every record failed')
  return { batchItemFailures: failures.map(({ itemIdentifier }) => ({ itemIdentifier })) }
}
