import { marshall } from '@aws-sdk/util-dynamodb'
import { onTestFinished, vi } from 'vitest'
import type { Arguments } from '../../../cdk/deploy/arguments.ts'
import type { Cdk } from '../../../cdk/deploy/cdk.ts'
import type { Deployment } from '../../../shared/plan/deployment.ts'
import { type AwsAnswer, type AwsRequest, startAws } from '../../fixtures/aws.ts'

/** An account by region. A region that is missing here rejects the credentials. */
export type Account = Record<string, Region>

export interface Region {
  /** The bootstrap version. */
  bootstrap?: number
  /** `keys` of a table that belongs to another application. */
  table?: { isProtected: boolean; deployed?: Deployment; isReadOnly?: true; keys?: readonly string[] }
  /** The answer of AWS to every call there. */
  fault?: string
}

/** Overrides the AWS credentials of the person who runs the tests. */
const environment = {
  AWS_ACCESS_KEY_ID: 'key',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_SESSION_TOKEN: undefined,
  AWS_PROFILE: undefined,
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
}

/** Points this process at a simulated account until the test ends. Returns the calls made to it. */
export async function startAccount(account: Account): Promise<readonly AwsRequest[]> {
  const server = await startAws((request) => answer(account, request))
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
  vi.stubEnv('AWS_ENDPOINT_URL', server.url)
  onTestFinished(async () => {
    vi.unstubAllEnvs()
    await server.close()
  })
  return server.asked
}

function answer(account: Account, { region, action, body }: AwsRequest): AwsAnswer {
  const here = account[region]
  if (here === undefined)
    return {
      error: 'UnrecognizedClientException',
      message: 'The security token included in the request is invalid.',
    }
  if (here.fault !== undefined) return { error: here.fault, message: 'not authorized to do that' }
  if (action === 'GetParameter')
    return here.bootstrap === undefined
      ? { error: 'ParameterNotFound' }
      : { body: { Parameter: { Value: String(here.bootstrap) } } }
  const { table } = here
  if (table === undefined)
    return { error: 'ResourceNotFoundException', message: 'Requested resource not found' }
  switch (action) {
    case 'DescribeTable': {
      const Table = { TableStatus: 'ACTIVE', ItemCount: 12_345, TableSizeBytes: 3_400_000 }
      const { keys = ['pk', 'sk'], isProtected } = table
      return {
        body: {
          Table: {
            ...Table,
            KeySchema: keys.map((AttributeName) => ({ AttributeName })),
            CreationDateTime: 1_793_600_000,
            DeletionProtectionEnabled: isProtected,
          },
        },
      }
    }
    case 'GetItem':
      return {
        body: body.includes('"DEPLOYED"') && table.deployed ? { Item: marshall(table.deployed) } : {},
      }
    case 'PutItem':
      return table.isReadOnly
        ? { error: 'AccessDeniedException', message: 'not authorized to do that' }
        : { body: {} }
    case 'UpdateTable':
      table.isProtected = false
      return { body: {} }
    case 'DeleteTable':
      if (table.isProtected)
        return { error: 'ValidationException', message: 'Resource cannot be deleted as it is protected' }
      delete here.table
      return { body: {} }
  }
  throw new Error(`nobody asks for ${action}`)
}

/** A CDK that records its calls and behaves as told. */
export function notedCdk(act: (command: string) => boolean = () => true) {
  const calls: string[] = []
  const cdk: Cdk = async (call: Arguments, ...args) => {
    calls.push([...args, '|', ...call.options].join(' '))
    return act(args[0]!)
  }
  return { cdk, calls }
}

/** Collects the lines printed on stderr or stdout until the test ends. */
export function heard(on: 'error' | 'log' = 'error'): readonly string[] {
  const lines: string[] = []
  const spy = vi.spyOn(console, on).mockImplementation((text: string) => {
    lines.push(...text.split('\n'))
  })
  onTestFinished(() => spy.mockRestore())
  return lines
}
