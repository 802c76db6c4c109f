import { Duration } from 'aws-cdk-lib'
import type { ITable, Table } from 'aws-cdk-lib/aws-dynamodb'
import { FilterCriteria, FilterRule, type IFunction, StartingPosition } from 'aws-cdk-lib/aws-lambda'
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'

/** Filters the stream for quorum: new ballots. */
export const newBallots = FilterCriteria.filter({
  eventName: FilterRule.isEqual('INSERT'),
  dynamodb: { Keys: { sk: { S: FilterRule.beginsWith('BALLOT#') } } },
})

/** Filters the stream for notify: states with a non-empty outbox, which have the attribute `due`. */
export const dueOutboxes = FilterCriteria.filter({
  dynamodb: { NewImage: { due: { N: FilterRule.exists() } } },
})

/**
 * Invokes `reader` for the records that pass the filter, in order. By default a failing record is retried until it
 * expires, which blocks its partition for a day. Here it becomes a dead letter after ten minutes at the latest, and the
 * sweep, which needs no records, does its work.
 */
export function readStream(
  reader: IFunction,
  table: Table,
  filter: { readonly [key: string]: unknown },
  givenUp: IQueue,
): void {
  reader.addEventSource(
    // Under exactOptionalPropertyTypes the CDK's Table is not assignable to its own interface ITable.
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
