import { Duration } from 'aws-cdk-lib'
import type { ITable, Table } from 'aws-cdk-lib/aws-dynamodb'
import { FilterCriteria, FilterRule, type IFunction, StartingPosition } from 'aws-cdk-lib/aws-lambda'
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'

/** The records that quorum gets: a new ballot. */
export const newBallots = FilterCriteria.filter({
  eventName: FilterRule.isEqual('INSERT'),
  dynamodb: { Keys: { sk: { S: FilterRule.beginsWith('BALLOT#') } } },
})

/** The records that notify gets: an outbox that holds something, which is when `due` is there. */
export const dueOutboxes = FilterCriteria.filter({
  dynamodb: { NewImage: { due: { N: FilterRule.exists() } } },
})

/**
 * Calls `reader` for the records that pass the filter, in order. By default a stream retries for ever, and
 * one record that cannot be handled holds its partition up for a day; here it is given up after ten minutes
 * and left to the sweep, which needs no record.
 */
export function readStream(
  reader: IFunction,
  table: Table,
  filter: { readonly [key: string]: unknown },
  givenUp: IQueue,
): void {
  reader.addEventSource(
    // The library's own class is not quite its own interface under exactOptionalPropertyTypes.
    new DynamoEventSource(table as ITable, {
      startingPosition: StartingPosition.TRIM_HORIZON,
      filters: [filter],
      batchSize: 100,
      parallelizationFactor: 1,
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      retryAttempts: 5,
      maxRecordAge: Duration.minutes(10),
      onFailure: new SqsDlq(givenUp),
    }),
  )
}
