import { createHash } from 'node:crypto'
import { CustomResource, Duration } from 'aws-cdk-lib'
import type { Table } from 'aws-cdk-lib/aws-dynamodb'
import type { Construct } from 'constructs'
import type { Config } from '../shared/config/config.ts'
import { makeFunction } from './function.ts'
import { tableName } from './names.ts'
import type { Options } from './options.ts'
import { shipFile } from './shipped-file.ts'
import { planPermissions } from './table.ts'

const applyTimeoutSeconds = 60

/**
 * Brings the configuration into the table when the stack is deployed. The configuration travels as a file of
 * the function; the resource carries only its hash, so it changes exactly when the configuration does.
 */
export function makePlanResource(
  scope: Construct,
  table: Table,
  config: Config,
  options: Options,
): CustomResource {
  const json = JSON.stringify(config)
  const hash = createHash('sha256').update(json).digest('hex')
  const apply = makeFunction(scope, 'apply', {
    options,
    description: 'Writes the plan into the table',
    memoryMb: 256,
    timeoutSeconds: applyTimeoutSeconds,
    environment: { UPQUORUM_TABLE: tableName },
    commandHooks: shipFile(scope, 'configuration', json),
  })
  apply.addToRolePolicy(planPermissions(table))
  return new CustomResource(scope, 'plan', {
    resourceType: 'Custom::UpquorumPlan',
    serviceToken: apply.functionArn,
    // The function answers CloudFormation itself, also when it fails; what dies unheard is not waited for.
    serviceTimeout: Duration.seconds(2 * applyTimeoutSeconds),
    properties: { Configuration: hash },
  })
}
