import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App } from 'aws-cdk-lib'
import type { CloudAssembly } from 'aws-cdk-lib/cx-api'
import { readOptions } from '../../cdk/options.ts'
import { makeStacks } from '../../cdk/stacks.ts'
import type { Config } from '../../shared/config/config.ts'
import { parseConfig } from '../../shared/config/parse.ts'

/** Two homes with everything: secrets of both stores, every kind of endpoint, a region that is not a home. */
export const everything = `
regions: [us-east-1, eu-west-1]
homes: [us-east-1]
defaults: { confirmations: 1 }
operators: ops
contacts:
  ops: { email: ops@example.com, sms: "+15550100" }
  hook: { webhook: https://hooks.example.com/upquorum }
checks:
  - name: api
    http: { url: https://api.example.com/, bearer: ssm:/example/api-token }
    alerts: [ops, hook]
  - name: shop
    http: { url: https://shop.example.com/, bearer: "secretsmanager:shop/token#bearer" }
    from: eu-west-1
    alerts: [hook]
  - { name: db, tcp: { address: "db.example.com:5432" }, alerts: [ops] }
`

/** The context that the CDK CLI reads from cdk.json. */
const { context: shippedContext } = JSON.parse(
  readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'),
) as { context: Record<string, unknown> }

export function configOf(text: string): Config {
  const { config, errors } = parseConfig(text, 'test.yaml')
  if (config === undefined) throw new Error(errors.map(({ message }) => message).join('\n'))
  return config
}

/**
 * Synthesizes a configuration, with all validator findings as errors.
 *
 * @param context as given with `-c`; functions are bundled only if it asks for that.
 * @param alter changes the stacks before they are validated.
 */
export function synth(
  text: string,
  context: Record<string, unknown> = {},
  alter: (app: App) => void = () => {},
): CloudAssembly & { remove(): void } {
  const outdir = mkdtempSync(join(tmpdir(), 'upquorum-synth-'))
  const app = new App({
    outdir,
    postCliContext: {
      ...shippedContext,
      'aws:cdk:bundling-stacks': [],
      ...context,
    },
  })
  const remove = () => rmSync(outdir, { recursive: true })
  try {
    makeStacks(app, configOf(text), readOptions(app.node))
    alter(app)
    return Object.assign(app.synth(), { remove })
  } catch (error) {
    remove()
    throw error
  }
}

export interface Resource {
  readonly Type: string
  readonly Properties: Record<string, unknown>
  readonly DeletionPolicy?: string
  readonly UpdateReplacePolicy?: string
}

/** The resources of a stack by logical id. */
export function resourcesOf(assembly: CloudAssembly, stack: string): Readonly<Record<string, Resource>> {
  const { Resources } = assembly.getStackByName(stack).template as { Resources: Record<string, Resource> }
  return Resources
}

/** The properties of a stack's resources of one type. */
export function propertiesOf(
  assembly: CloudAssembly,
  stack: string,
  type: string,
): readonly Record<string, unknown>[] {
  return Object.values(resourcesOf(assembly, stack))
    .filter(({ Type }) => Type === type)
    .map(({ Properties }) => Properties)
}

/**
 * The permissions of a role, statement by statement, as text: `table.Arn` for a reference to the template's resource
 * `table`, `<Region>` for `AWS::Region`. Includes every policy of the stack that names the role.
 *
 * @param role the construct id of the role.
 */
export function statementsOf(assembly: CloudAssembly, stack: string, role: string): readonly unknown[] {
  return Object.values(resourcesOf(assembly, stack))
    .filter(
      ({ Type, Properties }) =>
        /^AWS::IAM::(Managed)?Policy$/.test(Type) &&
        (inWords(Properties.Roles) as string[]).includes(plain(role)),
    )
    .flatMap(({ Properties }) => (inWords(Properties.PolicyDocument) as { Statement: unknown[] }).Statement)
}

/** A template value with its references as text. */
export function inWords(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inWords)
  if (typeof value !== 'object' || value === null) return value
  const [[key, argument] = ['', undefined], ...others] = Object.entries(value)
  if (others.length === 0) {
    if (key === 'Ref')
      return String(argument).startsWith('AWS::') ? `<${String(argument).slice(5)}>` : named(argument)
    if (key === 'Fn::GetAtt') return `${named((argument as string[])[0])}.${(argument as string[])[1]}`
    if (key === 'Fn::Sub') return String(argument).replace(/\$\{AWS::(\w+)\}/g, '<$1>')
    if (key === 'Fn::Join') return (inWords((argument as [string, unknown[]])[1]) as string[]).join('')
  }
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, inWords(member)]))
}

/** A logical id without the hash that the CDK appends. */
function named(logicalId: unknown): string {
  return String(logicalId).replace(/[0-9A-F]{8}$/, '')
}

/** Logical ids contain letters and digits only. */
function plain(id: string): string {
  return id.replace(/[^A-Za-z0-9]/g, '')
}
