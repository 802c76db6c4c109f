import { ArnFormat, Stack } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import type { Config } from '../shared/config/config.ts'
import { parseReference } from '../shared/secrets/reference.ts'

/**
 * May read the secrets that the checks of this voter refer to, in its own region, and no others. A secret
 * under a customer's key needs that key's policy to allow it besides.
 */
export function readSecrets(scope: Construct, config: Config, voter: string): PolicyStatement[] {
  const stack = Stack.of(scope)
  const parameters = new Set<string>()
  const secrets = new Set<string>()
  for (const { enabled, voters, target } of config.checks) {
    if (!enabled || !(voters as readonly string[]).includes(voter)) continue
    for (const text of textsIn(target)) {
      const reference = parseReference(text)
      if (reference === undefined || reference === 'malformed' || reference.store === 'env') continue
      if (reference.store === 'ssm') parameters.add(parameterArn(reference.name))
      else secrets.add(secretArn(reference.name))
    }
  }
  return [...grant('ssm:GetParameter', parameters), ...grant('secretsmanager:GetSecretValue', secrets)]

  function parameterArn(name: string): string {
    // A version or label stands behind a colon and is not part of the ARN; neither is a leading slash.
    const [path = ''] = name.split(':')
    return stack.formatArn({ service: 'ssm', resource: 'parameter', resourceName: path.replace(/^\//, '') })
  }

  function secretArn(name: string): string {
    if (name.startsWith('arn:')) return name
    // Secrets Manager puts a hyphen and six characters of its own behind the name.
    return stack.formatArn({
      service: 'secretsmanager',
      resource: 'secret',
      resourceName: `${name}-??????`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    })
  }
}

function grant(action: string, arns: ReadonlySet<string>): PolicyStatement[] {
  if (arns.size === 0) return []
  return [new PolicyStatement({ actions: [action], resources: [...arns].toSorted() })]
}

/** Every text in a target's options, however deep. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(textsIn)
}
