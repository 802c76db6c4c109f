import { RemovalPolicy, Stack } from 'aws-cdk-lib'
import { AttributeType, BillingMode, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import { tableName } from './names.ts'

/** A home's table. With `retain` it outlives its stack, and nobody deletes it by mistake. */
export function makeTable(scope: Construct, retain: boolean): Table {
  return new Table(scope, 'table', {
    tableName,
    partitionKey: { name: 'pk', type: AttributeType.STRING },
    sortKey: { name: 'sk', type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    stream: StreamViewType.NEW_AND_OLD_IMAGES,
    timeToLiveAttribute: 'expires',
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: retain,
    removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  })
}

/** The tables of all homes, as a stack in any region names them. */
export function tableArns(scope: Construct, homes: readonly string[]): string[] {
  const stack = Stack.of(scope)
  return homes.map((region) =>
    stack.formatArn({ service: 'dynamodb', region, resource: 'table', resourceName: tableName }),
  )
}

/** A condition on the partition keys that a request touches. */
function keysLike(...patterns: string[]) {
  return { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': patterns } }
}

/** May read plans, and nothing else of the tables. */
export function readPlans(tables: string[]): PolicyStatement {
  return new PolicyStatement({
    actions: ['dynamodb:GetItem'],
    resources: tables,
    conditions: keysLike('PLAN'),
  })
}

/**
 * The attributes of a ballot's item. A shard's other items have others, so a voter that may write only
 * these cannot write a state or what was sent.
 */
export const ballotAttributes = ['pk', 'sk', 'plan', 'ms', 'failed', 'method', 'expires']

/** May put ballots, and nothing else, into the tables. */
export function putBallots(tables: string[]): PolicyStatement {
  return new PolicyStatement({
    actions: ['dynamodb:PutItem'],
    resources: tables,
    conditions: {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['SHARD#*'] },
      'ForAllValues:StringEquals': { 'dynamodb:Attributes': ballotAttributes },
      // The old item is not to be read by writing over it.
      StringEqualsIfExists: { 'dynamodb:ReturnValues': 'NONE' },
    },
  })
}

/** May decide: reads plans and everything of the shards, writes the shards' states. */
export function decide(table: Table): PolicyStatement[] {
  return [
    readPlans([table.tableArn]),
    new PolicyStatement({
      actions: ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem'],
      resources: [table.tableArn],
      conditions: keysLike('SHARD#*'),
    }),
  ]
}

/** May write what was told into the history of the checks. */
export function recordHistory(table: Table): PolicyStatement {
  return new PolicyStatement({
    actions: ['dynamodb:PutItem'],
    resources: [table.tableArn],
    conditions: keysLike('CHECK#*'),
  })
}

/** May write plans, and read those that are there. */
export function writePlans(table: Table): PolicyStatement {
  return new PolicyStatement({
    actions: ['dynamodb:GetItem', 'dynamodb:PutItem'],
    resources: [table.tableArn],
    conditions: keysLike('PLAN'),
  })
}
