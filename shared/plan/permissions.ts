import type { Config, Runner } from '../config/config.ts'
import { secretsOf } from './secrets.ts'

// A voter's permissions in AWS, defined once: for the roles of the stacks, and for the policy that the owner of a
// self-hosted runner attaches to its host.

/** A statement of an IAM policy with the effect Allow. */
export interface Permission {
  readonly actions: string[]
  readonly resources: string[]
  readonly conditions?: Record<string, Record<string, string | string[]>>
}

/** The account that owns the resources, as two parts of their ARNs. */
export interface Account {
  readonly partition: string
  readonly account: string
}

/** A voter's permissions: read plans, put ballots, read the secrets of its own checks. */
export function voterPermissions(
  { homes, checks }: Pick<Config, 'homes' | 'checks'>,
  voter: Pick<Runner, 'name' | 'region'>,
  table: string,
  account: Account,
): readonly Permission[] {
  const tables = tableArns(homes, table, account)
  return [readPlans(tables), putBallots(tables), ...readSecrets(checks, voter, account)]
}

/** The ARNs of the tables of all homes. */
export function tableArns(homes: readonly string[], table: string, account: Account): string[] {
  return homes.map((region) => arnOf(account, 'dynamodb', region, `table/${table}`))
}

/** A condition on the partition keys that a request touches. */
export function keysLike(...patterns: string[]) {
  return { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': patterns } }
}

/** Allows reading plans, and nothing else in the tables. */
export function readPlans(tables: string[]): Permission {
  return { actions: ['dynamodb:GetItem'], resources: tables, conditions: keysLike('PLAN') }
}

/**
 * The attributes of a ballot's item. A shard's other items have other attributes, so a voter that may write only these
 * cannot write STATE or SENT.
 */
export const ballotAttributes = ['pk', 'sk', 'plan', 'ms', 'failed', 'method', 'expires']

/** Allows putting ballots, and nothing else, into the tables. */
function putBallots(tables: string[]): Permission {
  return {
    actions: ['dynamodb:PutItem'],
    resources: tables,
    conditions: {
      ...keysLike('SHARD#*'),
      'ForAllValues:StringEquals': { 'dynamodb:Attributes': ballotAttributes },
      // Otherwise a put could return the old item.
      StringEqualsIfExists: { 'dynamodb:ReturnValues': 'NONE' },
    },
  }
}

/**
 * Allows reading the secrets that this voter's checks refer to, in its own region, and no others. A secret encrypted
 * with a customer managed key also needs that key's policy to allow it.
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
  // A version or label after a colon is not part of the ARN, and neither is a leading slash.
  const [path = ''] = name.split(':')
  return `parameter/${path.replace(/^\//, '')}`
}

/** Secrets Manager appends a hyphen and six characters to the name. */
function secretIn(name: string): string {
  return `secret:${name}-??????`
}

function readAll(action: string, arns: ReadonlySet<string>): readonly Permission[] {
  return arns.size === 0 ? [] : [{ actions: [action], resources: [...arns].toSorted() }]
}

function arnOf({ partition, account }: Account, service: string, region: string, resource: string): string {
  return `arn:${partition}:${service}:${region}:${account}:${resource}`
}

/** An IAM policy document with these permissions. */
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
