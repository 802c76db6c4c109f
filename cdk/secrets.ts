import { ArnFormat, Stack } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import type { Config } from '../shared/config/config.ts'
import { secretsOf } from '../shared/plan/secrets.ts'

/**
 * May read the secrets that the checks of this voter refer to, in its own region, and no others. A secret
 * under a customer's key needs that key's policy to allow it besides.
 */
export function readSecrets(scope: Construct, { checks }: Config, voter: string): PolicyStatement[] {
  const stack = Stack.of(scope)
  const parameters = new Set<string>()
  const secrets = new Set<string>()
  for (const { store, name } of secretsOf(checks, voter)) {
    if (store === 'ssm') parameters.add(parameterArn(stack, name))
    if (store === 'secretsmanager') secrets.add(secretArn(stack, name))
  }
  return [...grant('ssm:GetParameter', parameters), ...grant('secretsmanager:GetSecretValue', secrets)]
}

function parameterArn(stack: Stack, name: string): string {
  // A version or label stands behind a colon and is not part of the ARN; neither is a leading slash.
  const [path = ''] = name.split(':')
  return stack.formatArn({ service: 'ssm', resource: 'parameter', resourceName: path.replace(/^\//, '') })
}

function secretArn(stack: Stack, name: string): string {
  if (name.startsWith('arn:')) return name
  return stack.formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    // Secrets Manager puts a hyphen and six characters of its own behind the name.
    resourceName: `${name}-??????`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  })
}

function grant(action: string, arns: ReadonlySet<string>): PolicyStatement[] {
  if (arns.size === 0) return []
  return [new PolicyStatement({ actions: [action], resources: [...arns].toSorted() })]
}
