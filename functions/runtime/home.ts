import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import type { Store } from '../../shared/store/store.ts'

/** The client for a home's table. `marshall` must not choke on an optional field that is absent. */
export function tableClient(config: DynamoDBClientConfig): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(new DynamoDBClient(config), {
    marshallOptions: { removeUndefinedValues: true },
  })
}

/** The store in a home's region. */
export function homeStore(table: string, region?: string): Store {
  return dynamoStore(tableClient(region === undefined ? {} : { region }), table)
}
