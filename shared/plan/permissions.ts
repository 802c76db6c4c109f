import type { Config, Runner } from '../config/config.ts'
import { secretsOf } from './secrets.ts'

// What a voter may do in AWS, said once: the roles of the stacks are made of it, and so is the policy that whoever
// keeps a self-hosted runner gives to its host.

/** A statement of an IAM policy that allows something. */
export interface Permission {
  readonly actions: string[]
  readonly resources: string[]
  readonly conditions?: Record<string, Record<string, string | string[]>>
}

/** Whose resources, as two parts of their ARNs. */
export interface Account {
  readonly partition: string
  readonly account: string
}

/** All that a voter may: read plans, put ballots, read the secrets of its own checks. */
export function voterPermissions(
  { homes, checks }: Pick<Config, 'homes' | 'checks'>,
  voter: Pick<Runner, 'name' | 'region'>,
  table: string,
  account: Account,
): readonly Permission[] {
  const tables = tableArns(homes, table, account)
  return [readPlans(tables), putBallots(tables), ...readSecrets(checks, voter, account)]
}

/** The tables of all homes. */
export function tableArns(homes: readonly string[], table: string, account: Account): string[] {
  return homes.map((region) => arnOf(account, 'dynamodb', region, `table/${table}`))
}

/** A condition on the partition keys that a request touches. */
export function keysLike(...patterns: string[]) {
  return { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': patterns } }
}

/** May read plans, and nothing else of the tables. */
export function readPlans(tables: string[]): Permission {
  return { actions: ['dynamodb:GetItem'], resources: tables, conditions: keysLike('PLAN') }
}

/**
 * The attributes of a ballot's item. A shard's other items have others, so a voter that may write only
 * these cannot write a state or what was sent.
 */
export const ballotAttributes = ['pk', 'sk', 'plan', 'ms', 'failed', 'method', 'expires']

/** May put ballots, and nothing else, into the tables. */
function putBallots(tables: string[]): Permission {
  return {
    actions: ['dynamodb:PutItem'],
    resources: tables,
    conditions: {
      ...keysLike('SHARD#*'),
      'ForAllValues:StringEquals': { 'dynamodb:Attributes': ballotAttributes },
      // The old item is not to be read by writing over it.
      StringEqualsIfExists: { 'dynamodb:ReturnValues': 'NONE' },
    },
  }
}

/**
 * May read the secrets that the checks of this voter refer to, in its own region, and no others. A secret
 * under a customer's key needs that key's policy to allow it besides.
 */
function readSecrets(
  checks: Config['checks'],
  { name: voter, region }: Pick<Runner, 'name' | 'region'>,
  account: Account,
): readonly Permission[] {
  const parameters = new Set<string>()
  const secrets = new Set<string>()
  for (const { store, name } of secretsOf(checks, voter)) {
    if (store === 'ssm') parameters.add(arnOf(account, 'ssm', region, parameterIn(name)))
    if (store === 'secretsmanager')
      secrets.add(name.startsWith('arn:') ? name : arnOf(account, 'secretsmanager', region, secretIn(name)))
  }
  return [...readAll('ssm:GetParameter', parameters), ...readAll('secretsmanager:GetSecretValue', secrets)]
}

function parameterIn(name: string): string {
  // A version or label stands behind a colon and is not part of the ARN; neither is a leading slash.
  const [path = ''] = name.split(':')
  return `parameter/${path.replace(/^\//, '')}`
}

/** Secrets Manager puts a hyphen and six characters of its own behind the name. */
function secretIn(name: string): string {
  return `secret:${name}-??????`
}

function readAll(action: string, arns: ReadonlySet<string>): readonly Permission[] {
  return arns.size === 0 ? [] : [{ actions: [action], resources: [...arns].toSorted() }]
}

function arnOf({ partition, account }: Account, service: string, region: string, resource: string): string {
  return `arn:${partition}:${service}:${region}:${account}:${resource}`
}

/** The rights as the document of an IAM policy. */
export function policyOf(rights: readonly Permission[]) {
  return {
    Version: '2012-10-17',
    Statement: rights.map(({ actions, resources, conditions }) => ({
      Effect: 'Allow',
      Action: actions,
      Resource: resources,
      ...(conditions === undefined ? {} : { Condition: conditions }),
    })),
  }
}
