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
 * Creates the custom resource that writes the configuration to the table at a deployment. The configuration ships as a
 * file of the function; the resource holds only its hash, so it is updated exactly when the configuration changes.
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
    description: 'Writes the plan to the table',
    memoryMb: 256,
    timeoutSeconds: applyTimeoutSeconds,
    environment: { UPQUORUM_TABLE: tableName },
    commandHooks: shipFile(scope, 'configuration', json),
  })
  for (const statement of planPermissions(table)) apply.addToRolePolicy(statement)
  return new CustomResource(scope, 'plan', {
    resourceType: 'Custom::UpquorumPlan',
    serviceToken: apply.functionArn,
    // The function responds to CloudFormation even when it fails; the timeout covers a crash without a response.
    serviceTimeout: Duration.seconds(2 * applyTimeoutSeconds),
    properties: { Configuration: hash },
  })
}
