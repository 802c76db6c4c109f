import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Arguments } from '../../../cdk/deploy/arguments.ts'
import { deploy, ownOptions } from '../../../cdk/deploy/deploy.ts'
import { describeOrphanedStacks } from '../../../cdk/deploy/orphaned-stacks.ts'
import { refuseUnusable, regionsOf, type Seen } from '../../../cdk/deploy/regions.ts'
import { localTable, startDatabase } from '../../../functions/dev/cloud/database.ts'
import { CommandFailure } from '../../../functions/terminal/failure.ts'
import { tickAtOrBefore } from '../../../shared/check.ts'
import type { Config } from '../../../shared/config/config.ts'
import { applyPlan } from '../../../shared/plan/apply.ts'
import { deploymentOf } from '../../../shared/plan/deployment.ts'
import { makePlan } from '../../../shared/plan/make.ts'
import { dynamoStore } from '../../../shared/store/dynamo.ts'
import type { Store } from '../../../shared/store/store.ts'
import { selfSigned } from '../../fixtures/self-signed.ts'
import { listen, refusingAddress } from '../../fixtures/servers.ts'
import { configOf } from '../synth.ts'
import { type Account, heard, notedCdk, startAccount } from './account.ts'

const text = `
regions: [us-east-1, eu-south-1]
homes: [us-east-1]
defaults: { confirmations: 1 }
checks:
  - { name: web, tcp: { address: "example.com:443" } }
`
const config = configOf(text)
const deployed = await deploymentOf(config)
const call = (...options: string[]): Arguments => ({ command: 'deploy', file: 'my.yaml', options })
const environment = {}
/** The lines printed on stdout, which name the plan. */
let told: readonly string[] = []
beforeEach(() => {
  told = heard('log')
})

/** Runs a deployment into an account; returns the calls of the CDK and the failure. */
async function outcome(account: Account, options: readonly string[] = [], cdk = notedCdk()) {
  await startAccount(account)
  const failure = await deploy(call(...options), config, { cdk: cdk.cdk, environment }).catch(
    (error) => error,
  )
  return { calls: cdk.calls, failure }
}

const table = { isProtected: true, deployed }
const unknownPlan =
  'deployed, but the plan in force may be one that "upquorum apply" wrote since the last deployment instead of that of my.yaml'
const deployCall = 'deploy --all --concurrency 4 --require-approval never --import-existing-resources |'

describe('what is wrong is told before anything is changed:', () => {
  const refused = (message: string) => ({
    calls: [],
    failure: new CommandFailure(`${message}\nnothing was changed`),
  })

  test('credentials that AWS does not know in any region', async () => {
    expect(await outcome({})).toEqual(
      refused(
        'AWS does not recognize these credentials: they are mistyped or deleted, or the region is not enabled in the account',
      ),
    )
  })

  test('credentials that have expired', async () => {
    const fault = 'ExpiredTokenException'
    expect(await outcome({ 'us-east-1': { fault }, 'eu-south-1': { fault } })).toEqual(
      refused('the AWS credentials have expired; sign in again'),
    )
  })

  test('a region that is not enabled, since another one knows the credentials', async () => {
    expect(await outcome({ 'us-east-1': {} })).toEqual(
      refused(
        'eu-south-1 (voter): the region is not enabled in this account; enable it (in the console: Account, AWS Regions) or remove it from my.yaml',
      ),
    )
  })

  test('a home that fails, with all that the region is for', async () => {
    expect(await outcome({ 'us-east-1': { fault: 'OptInRequired' }, 'eu-south-1': {} })).toEqual(
      refused('us-east-1 (home, voter): the region is not enabled in the account'),
    )
  })

  test('a region that does not exist, since another one answers', () => {
    const error = Object.assign(new Error('getaddrinfo ENOTFOUND ssm.us-east-9.amazonaws.com'), {
      code: 'ENOTFOUND',
    })
    const seen = [
      { region: 'us-east-1', state: 'bootstrapped' },
      { region: 'us-east-9', state: 'unusable', error },
    ] as const
    const refuse = (...seen: Seen[]) => refuseUnusable(seen, new Map([['us-east-9', ['voter']]]), 'my.yaml')
    expect(() => refuse(...seen)).toThrow(
      refused('us-east-9 (voter): the region does not exist; correct it in my.yaml').failure,
    )
    expect(() => refuse(seen[1])).toThrow(
      refused(
        'the region does not exist, or this machine is offline (getaddrinfo ENOTFOUND ssm.us-east-9.amazonaws.com)',
      ).failure,
    )
  })

  test("a table of somebody else's, which the stack would adopt", async () => {
    const foreign = { isProtected: false, keys: ['id'] }
    expect(await outcome({ 'us-east-1': { table: foreign }, 'eu-south-1': { bootstrap: 21 } })).toEqual(
      refused(
        'the table upquorum in us-east-1 (12,345 items, 3.4 MB at the last count; since 2026-11-02) has the key id, not pk and sk: it is not an upquorum table. Move the home to another region, or rename that table',
      ),
    )
    // In a region without a home such a table is fine, and does not count as a home left behind.
    const said = heard()
    const elsewhere = {
      'us-east-1': { bootstrap: 21, table },
      'eu-south-1': { bootstrap: 21, table: foreign },
    }
    expect((await outcome(elsewhere)).failure).toBeUndefined()
    expect(said).toEqual([])
  })

  test('regions that cannot be reached', async () => {
    await startAccount({})
    const { host, port } = await refusingAddress()
    process.env.AWS_ENDPOINT_URL = `http://${host}:${port}`
    const { cdk, calls } = notedCdk()
    await expect(deploy(call(), config, { cdk, environment })).rejects.toEqual(
      refused(`AWS cannot be reached from here (connect ECONNREFUSED ${host}:${port})`).failure,
    )
    expect(calls).toEqual([])
  })
})

test('nothing is looked for in a region of self-hosted runners only', () => {
  const runners = 'runners: { lab-1: { region: us-east-1 }, lab-2: { region: eu-west-1, self_hosted: true } }'
  expect([...regionsOf(configOf(`${runners}\n${text.trimStart()}`))]).toEqual([
    ['us-east-1', ['home', 'voter', 'runner lab-1']],
    ['eu-south-1', ['voter']],
  ])
})

describe('the bootstrap', () => {
  test('is left alone where it is, made where it is missing or too old', async () => {
    const account = { 'us-east-1': { bootstrap: 21, table }, 'eu-south-1': { bootstrap: 5 } }
    expect(await outcome(account)).toEqual({
      calls: ['bootstrap aws://*/eu-south-1 -c quiet=true |', deployCall],
      failure: undefined,
    })
  })

  test('is not made where the credentials may not look: others keep such an account', async () => {
    const account = {
      'us-east-1': { bootstrap: 21, table },
      'eu-south-1': { fault: 'AccessDeniedException' },
    }
    expect((await outcome(account)).calls).toEqual([deployCall])
  })

  test('that fails is told with the regions that still lack it', async () => {
    const account: Account = { 'us-east-1': {}, 'eu-south-1': {} }
    const cdk = notedCdk(() => {
      account['us-east-1']!.bootstrap = 21
      return false
    })
    const { calls, failure } = await outcome(account, [], cdk)
    expect(calls).toEqual(['bootstrap aws://*/us-east-1 aws://*/eu-south-1 -c quiet=true |'])
    expect(failure).toEqual(
      new CommandFailure(
        [
          "eu-south-1: the bootstrap failed; see the CDK's output above. Nothing of upquorum was deployed yet",
          '- if access was denied, an administrator must run once per region: npx cdk bootstrap aws://<account>/<region>',
          '- if a bucket, role or repository already exists, an older CDKToolkit left it behind: delete it',
        ].join('\n'),
      ),
    )
  })

  test('of another name is looked for by that name', async () => {
    const asked = await startAccount({
      'us-east-1': { bootstrap: 21, table },
      'eu-south-1': { bootstrap: 21 },
    })
    const { cdk } = notedCdk()
    await deploy(call('-c', '@aws-cdk/core:bootstrapQualifier=mine'), config, { cdk, environment })
    expect(asked[0]!.body).toBe('{"Name":"/cdk-bootstrap/mine/version"}')
  })
})

describe('where only the CDK reaches AWS', () => {
  const proxy = 'http://proxy.example:3128'
  const bundle = '/etc/ssl/certs/bundle.crt'
  const refusing = async () => {
    const { host, port } = await refusingAddress()
    return `http://${host}:${port}`
  }
  const untrusted = async () => {
    const { key, cert } = await selfSigned(['127.0.0.1'])
    const { address } = await listen((socket) => socket.end(), { tls: { key, cert } })
    return `https://${address}`
  }
  const unseen = async (
    start: () => Promise<string>,
    options: readonly string[],
    environment: Record<string, string>,
  ) => {
    await startAccount({})
    process.env.AWS_ENDPOINT_URL = await start()
    const said = heard()
    const { cdk, calls } = notedCdk()
    await deploy(call(...options), config, { cdk, environment })
    return { said, calls: calls.map((line) => line.split(' |')[0]) }
  }

  test.each([
    [refusing, [], { HTTPS_PROXY: proxy }, 'HTTPS_PROXY'],
    [refusing, ['--proxy', proxy], { AWS_CA_BUNDLE: bundle }, '--proxy'],
    [untrusted, [], { HTTPS_PROXY: proxy, AWS_CA_BUNDLE: bundle }, 'AWS_CA_BUNDLE'],
    [untrusted, ['--ca-bundle-path', bundle], {}, '--ca-bundle-path'],
  ])('it is left to the CDK: %o %j %j', async (start, options, environment, way) => {
    expect(await unseen(start, options, environment)).toEqual({
      said: [
        `AWS cannot be reached directly, but the CDK may reach it with ${way}, so the regions are not inspected first; a region that was never bootstrapped needs npx cdk bootstrap aws://<account>/<region>, once`,
        `${unknownPlan}: only the CDK can reach AWS from here`,
      ],
      calls: [deployCall.slice(0, -2)],
    })
  })

  test.each([
    [refusing, [], { AWS_CA_BUNDLE: bundle }, 'ECONNREFUSED'],
    [refusing, ['--ca-bundle-path', bundle], {}, 'ECONNREFUSED'],
    [untrusted, [], {}, 'self-signed certificate'],
  ])('it is not, where nothing leads there: %o %j %j', async (start, options, environment, why) => {
    await expect(unseen(start, options, environment)).rejects.toThrow(why)
  })

  test('missing credentials are told, since a proxy has no part in them', async () => {
    await startAccount({})
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined)
    const { cdk, calls } = notedCdk()
    await expect(deploy(call(), config, { cdk, environment: { HTTPS_PROXY: proxy } })).rejects.toThrow(
      /^no AWS credentials found \(.*\); set AWS_PROFILE or sign in first\nnothing was changed$/,
    )
    expect(calls).toEqual([])
  })

  test('whatever answers is looked at all the same', async () => {
    await startAccount({ 'us-east-1': { bootstrap: 21, table }, 'eu-south-1': { bootstrap: 21 } })
    const { cdk, calls } = notedCdk()
    await deploy(call(), config, { cdk, environment: { AWS_CA_BUNDLE: '/etc/ssl/certs/bundle.crt' } })
    expect(calls).toEqual([deployCall])
  })
})

describe('the deployment', () => {
  test('that fails says how to go on', async () => {
    const account = { 'us-east-1': { bootstrap: 21 }, 'eu-south-1': { bootstrap: 21 } }
    const { failure } = await outcome(
      account,
      [],
      notedCdk(() => false),
    )
    expect(failure).toBeInstanceOf(CommandFailure)
    expect(failure.message).toMatch(/^the deployment failed; see the CDK's output above for the error/)
  })

  test('is no success when the table is gone, which CloudFormation does not notice', async () => {
    const { failure } = await outcome({ 'us-east-1': { bootstrap: 21 }, 'eu-south-1': { bootstrap: 21 } })
    expect(failure).toEqual(
      new CommandFailure(
        'the stack upquorum-home-us-east-1 exists, but its table upquorum does not exist in us-east-1: it was deleted by hand, which a deployment does not notice. npm run destroy, then npm run deploy, creates an empty one; DynamoDB keeps a backup of the old one for 35 days',
      ),
    )
  })

  test.each([
    [['--no-execute'], false],
    [['--method', 'prepare-change-set'], false],
    [['--method=change-set'], true],
    [['--method', 'direct'], true],
  ])('that is only prepared has no table yet: %j', async (options, isExecuted) => {
    const account = { 'us-east-1': { bootstrap: 21 }, 'eu-south-1': { bootstrap: 21 } }
    const { failure } = await outcome(account, options)
    expect(failure instanceof CommandFailure).toBe(isExecuted)
  })

  test('warns when the table loses its protection', async () => {
    const said = heard()
    await outcome({ 'us-east-1': { bootstrap: 21, table }, 'eu-south-1': { bootstrap: 21 } }, [
      '-c',
      'retain=false',
    ])
    expect(said).toEqual([
      'warning: -c retain=false: the table upquorum in us-east-1 (12,345 items, 3.4 MB at the last count; since 2026-11-02) is no longer protected; deleting the stack upquorum-home-us-east-1 deletes it too',
    ])
  })

  test('names what earlier ones left behind, and how to remove it', async () => {
    const said = heard()
    const before = await deploymentOf(
      configOf(
        text
          .replace('regions: [us-east-1, eu-south-1]', 'regions: [us-east-1, eu-south-1, ap-southeast-2]')
          .replace('homes: [us-east-1]', 'homes: [us-east-1, eu-south-1]')
          .replace('checks:', 'runners: { lab-1: { region: eu-west-1 } }\nchecks:'),
      ),
    )
    const home = { isProtected: true, deployed: before }
    const account = {
      'us-east-1': { bootstrap: 21, table: home },
      'eu-south-1': { bootstrap: 21, table },
    }
    const cdk = notedCdk(() => {
      home.deployed = deployed
      return true
    })
    expect((await outcome(account, [], cdk)).failure).toBeUndefined()
    expect(said).toEqual([
      'left unchanged, because the configuration no longer names it:',
      'the home eu-south-1 still decides and alerts by its last plan: aws cloudformation delete-stack --region eu-south-1 --stack-name upquorum-home-eu-south-1; its table stays',
      'the voter ap-southeast-2 still runs: aws cloudformation delete-stack --region ap-southeast-2 --stack-name upquorum-probe-ap-southeast-2',
      'the runner lab-1 still runs if no other runner is left in its region: aws cloudformation delete-stack --region <region> --stack-name upquorum-runners-<region>',
    ])
  })

  test('names the machine of a runner that is self-hosted now, unless its stack stays for another', async () => {
    const withRunners = (runners: string) => configOf(`runners: { ${runners} }\n${text.trimStart()}`)
    const before = await deploymentOf(
      withRunners('lab-1: { region: eu-west-1 }, lab-2: { region: us-east-1 }, lab-3: { region: us-east-1 }'),
    )
    const after = withRunners(
      'lab-1: { region: eu-west-1, self_hosted: true }, lab-2: { region: us-east-1, self_hosted: true }, lab-3: { region: us-east-1 }',
    )
    expect(describeOrphanedStacks(after, [before], ['us-east-1'])).toEqual([
      'left unchanged, because the configuration no longer names it:',
      'the machine of the runner lab-1 still votes beside your own host: aws cloudformation delete-stack --region eu-west-1 --stack-name upquorum-runners-eu-west-1',
    ])
    expect(describeOrphanedStacks(after, [await deploymentOf(after)], ['us-east-1'])).toEqual([])
    // A self-hosted runner leaves nothing behind.
    expect(describeOrphanedStacks(config, [await deploymentOf(after)], ['us-east-1'])).toEqual([
      'left unchanged, because the configuration no longer names it:',
      expect.stringMatching(/^the runner lab-3 still runs/),
    ])
  })

  test('of what was deployed before says nothing', async () => {
    const said = heard()
    const account = {
      'us-east-1': { bootstrap: 21, table: { isProtected: true, deployed } },
      'eu-south-1': { bootstrap: 21 },
    }
    expect(await outcome(account)).toEqual({ calls: [deployCall], failure: undefined })
    expect(said).toEqual([])
  })
})

describe('the plan in force', () => {
  const file = configOf(text.replace(', eu-south-1', ''))
  const another = configOf(text.replace(', eu-south-1', '').replace('443', '8443'))

  /** An account with one real table, which holds a plan that CloudFormation does not know. */
  async function startTable(plan: Config): Promise<Store> {
    await startAccount({ 'us-east-1': { bootstrap: 21 } })
    const database = await startDatabase()
    onTestFinished(() => database.close())
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', database.url)
    const store = dynamoStore(database.client, localTable)
    await store.putDeployment(await deploymentOf(file))
    await applyPlan(store, plan, tickAtOrBefore(60, 60), 120)
    return store
  }
  const newest = async (store: Store) => (await store.currentPlan()).entries.at(-1)!.version
  const minute = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:00Z`

  test('is that of the file, where apply had brought another since the last deployment', async () => {
    const store = await startTable(another)
    const applied = await newest(store)
    await deploy(call(), file, { cdk: notedCdk().cdk, environment })
    const { index } = await makePlan(file)
    expect(await newest(store)).toBe(index.version)
    expect(told).toEqual([
      expect.stringMatching(`^us-east-1: ${applied} → ${index.version}, in effect from ${minute}$`),
      '  changed  web: tcp',
    ])
  })

  test('is left alone where it is that of the file, and named', async () => {
    const store = await startTable(file)
    const before = await store.currentPlan()
    await deploy(call(), file, { cdk: notedCdk().cdk, environment })
    expect(await store.currentPlan()).toEqual(before)
    expect(told).toEqual([
      `us-east-1: ${await newest(store)} is already the newest plan, in effect from 1970-01-01T00:01:00Z`,
    ])
  })

  test('stays where the deployment failed or was only prepared', async () => {
    const store = await startTable(another)
    const before = await store.currentPlan()
    const failing = notedCdk(() => false).cdk
    await expect(deploy(call(), file, { cdk: failing, environment })).rejects.toThrow('the deployment failed')
    await deploy(call('--no-execute'), file, { cdk: notedCdk().cdk, environment })
    expect(await store.currentPlan()).toEqual(before)
    expect(told).toEqual([])
  })

  test('is no success where it is another, and these credentials may not replace it', async () => {
    const { failure } = await outcome({
      'us-east-1': { bootstrap: 21, table: { ...table, isReadOnly: true } },
      'eu-south-1': { bootstrap: 21 },
    })
    expect(failure).toEqual(
      new CommandFailure(
        'the plan was not applied in us-east-1: these credentials are not allowed to do that (not authorized to do that)',
      ),
    )
  })

  test('is not known to whoever may deploy but not read the table, which is no failure and is told', async () => {
    const said = heard()
    const fault = 'AccessDeniedException'
    const { failure } = await outcome({ 'us-east-1': { fault }, 'eu-south-1': { bootstrap: 21 } })
    expect(failure).toBeUndefined()
    expect(said).toEqual([
      `${unknownPlan}: us-east-1 cannot take the plan, so nothing was applied: these credentials are not allowed to do that (not authorized to do that)`,
    ])
  })
})

describe('beside the options of the caller', () => {
  const all = '--all --concurrency 4 --require-approval never'
  test.each([
    [[], `${all} --import-existing-resources`],
    [['--require-approval', 'broadening'], '--all --import-existing-resources'],
    [['--require-approval=never', '--concurrency', '1'], '--all --import-existing-resources'],
    [['-c', 'retain=false'], all],
    [['--method', 'direct'], all],
    [['--no-import-existing-resources'], all],
  ])('%j stand those that it leaves open', (options, own) => {
    expect(ownOptions({ options }).join(' ')).toBe(own)
  })
})
