import { RemovalPolicy } from 'aws-cdk-lib'
import { AttributeType, BillingMode, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import { keysLike, readPlans } from '../shared/plan/permissions.ts'
import { tableName } from './names.ts'

/** Creates a home's table. With `retain` it outlives its stack and is protected from deletion. */
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

/** Permissions to decide and deliver: read plans, read and write the items of the shards. */
export function shardPermissions(table: Table): PolicyStatement[] {
  return [
    new PolicyStatement(readPlans([table.tableArn])),
    new PolicyStatement({
      actions: ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem'],
      resources: [table.tableArn],
      conditions: keysLike('SHARD#*'),
    }),
  ]
}

/** Permission to write the history and status of the checks. */
export function historyPermissions(table: Table): PolicyStatement {
  return new PolicyStatement({
    actions: ['dynamodb:PutItem'],
    resources: [table.tableArn],
    conditions: keysLike('CHECK#*'),
  })
}

/** Permissions to read and write plans, and to see whether a shard that a plan leaves out has been retired. */
export function planPermissions(table: Table): PolicyStatement[] {
  return [
    new PolicyStatement({
      actions: ['dynamodb:GetItem', 'dynamodb:PutItem'],
      resources: [table.tableArn],
      conditions: keysLike('PLAN'),
    }),
    new PolicyStatement({
      actions: ['dynamodb:GetItem'],
      resources: [table.tableArn],
      conditions: keysLike('SHARD#*'),
    }),
  ]
}
