import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import type { Store } from '../../shared/store/store.ts'
import { lambdaClientConfig } from './aws-client.ts'

/**
 * `marshall` must not choke on an optional field that is absent, nor on a map with a key "constructor": it
 * takes that for an instance of a class, and people may call a check so.
 */
export const marshallOptions = { removeUndefinedValues: true, convertClassInstanceToMap: true }

/** The client for a home's table. */
export function tableClient(config: DynamoDBClientConfig): DynamoDBDocumentClient {
  // A copy: the document client writes options of its own into the object that it is given.
  return DynamoDBDocumentClient.from(new DynamoDBClient(config), { marshallOptions: { ...marshallOptions } })
}

/** The store in a home's region. */
export function homeStore(table: string, region?: string): Store {
  return dynamoStore(tableClient(lambdaClientConfig(region)), table)
}
