import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import type { Store } from '../../shared/store/store.ts'
import { lambdaClientConfig } from './aws-client.ts'

/**
 * By default `marshall` rejects undefined optional fields, and a map with a key "constructor", which it takes for a
 * class instance; a check may have that name.
 */
export const marshallOptions = { removeUndefinedValues: true, convertClassInstanceToMap: true }

/** Creates the client for a home's table. */
export function tableClient(config: DynamoDBClientConfig): DynamoDBDocumentClient {
  // A copy, because the document client adds options of its own to the object it receives.
  return DynamoDBDocumentClient.from(new DynamoDBClient(config), { marshallOptions: { ...marshallOptions } })
}

/** Creates the store for the table in `region`, which defaults to the function's own. */
export function homeStore(table: string, region?: string): Store {
  return dynamoStore(tableClient(lambdaClientConfig(region)), table)
}
