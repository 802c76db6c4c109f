import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App, CfnWaitConditionHandle, Stack } from 'aws-cdk-lib'
import { Peer, Port, type SecurityGroup } from 'aws-cdk-lib/aws-ec2'
import { RegionInfo } from 'aws-cdk-lib/region-info'
import { afterAll, describe, expect, test } from 'vitest'
import { tableName } from '../../cdk/names.ts'
import { bundleRunner, fetchedParts, refuseDeploymentWithout } from '../../cdk/runner-bundle.ts'
import { runnerUnit } from '../../cdk/runner-unit.ts'
import { exitCode } from '../../functions/runner/connectivity.ts'
import { knownRegions, partitionOf } from '../../shared/config/regions.ts'
import { policyOf, voterPermissions } from '../../shared/plan/permissions.ts'
import { configOf, inWords, propertiesOf, resourcesOf, statementsOf, synth } from './synth.ts'

const configuration = `
regions: [us-east-1]
homes: [us-east-1]
runners: { lab-1: { region: eu-west-1 }, lab-2: { region: eu-west-1 }, far: { region: ap-southeast-2 } }
defaults: { confirmations: 1 }
checks:
  - { name: port, half_open: { address: "lb.example.com:443" } }
  - name: shop
    http: { url: https://shop.example.com/, bearer: ssm:/example/token }
    from: lab-1
`
const stack = 'upquorum-runners-eu-west-1'
const assembly = synth(configuration)
afterAll(() => assembly.remove())

const each = (type: string) => propertiesOf(assembly, stack, type).map((properties) => inWords(properties))
const templates = () =>
  each('AWS::EC2::LaunchTemplate').map(
    (properties) => (properties as { LaunchTemplateData: Record<string, unknown> }).LaunchTemplateData,
  )
const bootOf = (voter: string) =>
  templates()
    .map(({ UserData }) => (UserData as { 'Fn::Base64': string })['Fn::Base64'])
    .find((boot) => boot.includes(`UPQUORUM_VOTER=${voter}\n`))!

describe('the stacks', () => {
  test('there is one for each region in which runners live, and none without runners', () => {
    const names = (made: typeof assembly) =>
      made.stacks.map(({ stackName }) => stackName).filter((name) => name.includes('runners'))
    expect(names(assembly).toSorted()).toEqual(['upquorum-runners-ap-southeast-2', stack])
    const without = synth(
      'regions: [us-east-1]\nchecks: [{ name: db, tcp: { address: "db.example.com:1" } }]',
    )
    expect(names(without)).toEqual([])
    without.remove()
  })

  test('there is no machine for a self-hosted runner, and no stack where all are', () => {
    const selfHosted = synth(
      configuration
        .replace('lab-1: { region: eu-west-1 }', 'lab-1: { region: eu-west-1, self_hosted: true }')
        .replace('far: { region: ap-southeast-2 }', 'far: { region: ap-southeast-2, self_hosted: true }'),
    )
    expect(selfHosted.stacks.map(({ stackName }) => stackName)).toEqual([
      'upquorum-home-us-east-1',
      'upquorum-probe-us-east-1',
      stack,
    ])
    expect(propertiesOf(selfHosted, stack, 'AWS::AutoScaling::AutoScalingGroup')).toHaveLength(1)
    expect(statementsOf(selfHosted, stack, 'lab-1-role')).toEqual([])
    expect(statementsOf(selfHosted, stack, 'lab-2-role')).not.toEqual([])
    selfHosted.remove()
  })

  test('are deployed after the table that they vote into', () => {
    const { dependencies } = assembly.getStackByName(stack)
    expect(dependencies.map(({ id }) => id)).toContain('upquorum-home-us-east-1')
  })

  test('hold a group of one for each of their runners', () => {
    expect(each('AWS::AutoScaling::AutoScalingGroup')).toHaveLength(2)
    expect(
      propertiesOf(assembly, 'upquorum-runners-ap-southeast-2', 'AWS::EC2::LaunchTemplate'),
    ).toHaveLength(1)
  })
})

describe('the machine', () => {
  test('is the smallest with arm64 and the newest Amazon Linux 2023, by a parameter', () => {
    for (const template of templates()) expect(template).toMatchObject({ InstanceType: 't4g.nano' })
    const { Parameters } = assembly.getStackByName(stack).template as {
      Parameters: Record<string, { Type: string; Default: string }>
    }
    const image = Object.values(Parameters).filter(({ Type }) => Type.includes('AWS::EC2::Image::Id'))
    expect(image.map(({ Default }) => Default)).toEqual([
      expect.stringMatching(/^\/aws\/service\/ami-amazon-linux-latest\/al2023-ami-.*arm64$/),
    ])
  })

  test('answers for its credentials to itself only, and by token only', () => {
    for (const template of templates())
      expect(template).toMatchObject({
        MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
      })
  })

  test('has a small encrypted disk that goes with it', () => {
    for (const template of templates())
      expect(template).toMatchObject({
        BlockDeviceMappings: [
          {
            DeviceName: '/dev/xvda',
            Ebs: { Encrypted: true, VolumeSize: 8, VolumeType: 'gp3', DeleteOnTermination: true },
          },
        ],
      })
  })

  test('that powers itself off is gone, and its group makes another', () => {
    for (const template of templates())
      expect(template).toMatchObject({ InstanceInitiatedShutdownBehavior: 'terminate' })
  })

  test('has no key pair', () => {
    for (const template of templates()) expect(template).not.toHaveProperty('KeyName')
  })

  test('gives way only to one that votes', () => {
    const groups = Object.values(resourcesOf(assembly, stack)).filter(
      ({ Type }) => Type === 'AWS::AutoScaling::AutoScalingGroup',
    )
    for (const group of groups)
      expect(group).toMatchObject({
        Properties: { MinSize: '1', MaxSize: '2' },
        CreationPolicy: { ResourceSignal: { Count: 1, Timeout: 'PT15M' } },
        UpdatePolicy: {
          AutoScalingRollingUpdate: {
            MinInstancesInService: 1,
            MaxBatchSize: 1,
            WaitOnResourceSignals: true,
            PauseTime: 'PT15M',
          },
        },
      })
  })

  test('does not boot before it may read its bundle and has a way out', () => {
    const resources = resourcesOf(assembly, stack) as Record<string, { Type: string; DependsOn?: string[] }>
    const idsOf = (type: string) => Object.keys(resources).filter((id) => resources[id]!.Type === type)
    const [group] = idsOf('AWS::AutoScaling::AutoScalingGroup')
    const awaited = resources[group!]!.DependsOn!
    for (const route of idsOf('AWS::EC2::Route')) expect(awaited).toContain(route)
    expect(awaited).toContainEqual(expect.stringMatching(/^lab1roleDefaultPolicy/))
  })
})

test('each runner has a log of a month', () => {
  expect(each('AWS::Logs::LogGroup')).toMatchObject(
    ['lab-1', 'lab-2'].map((voter) => ({ LogGroupName: `/upquorum/runner/${voter}`, RetentionInDays: 30 })),
  )
})

describe('the network', () => {
  test('lets nobody in', () => {
    const groups = each('AWS::EC2::SecurityGroup')
    expect(groups).toHaveLength(1)
    expect(groups[0]).not.toHaveProperty('SecurityGroupIngress')
    expect(each('AWS::EC2::SecurityGroupIngress')).toEqual([])
  })

  test('has one way out, for IPv4 and IPv6, and no gateway beside it', () => {
    expect(each('AWS::EC2::InternetGateway')).toHaveLength(1)
    expect(each('AWS::EC2::EgressOnlyInternetGateway')).toEqual([])
    const routes = each('AWS::EC2::Route') as Record<string, string>[]
    expect(
      routes.map(({ DestinationCidrBlock, DestinationIpv6CidrBlock, GatewayId }) => [
        DestinationCidrBlock ?? DestinationIpv6CidrBlock,
        GatewayId,
      ]),
    ).toEqual([1, 2].flatMap(() => ['0.0.0.0/0', '::/0'].map((all) => [all, 'networkIGW'])))
  })

  test('fails the synth when somebody opens it', () => {
    const open = (app: App) => {
      const group = app.node.findChild(stack).node.findChild('closed') as SecurityGroup
      group.addIngressRule(Peer.anyIpv4(), Port.tcp(22))
    }
    expect(() => synth(configuration, {}, open)).toThrow(/AwsSolutions-EC23/)
  })

  test('lets everything out, over IPv4 and IPv6', () => {
    expect(each('AWS::EC2::SecurityGroup')[0]).toMatchObject({
      SecurityGroupEgress: [
        { CidrIp: '0.0.0.0/0', IpProtocol: '-1' },
        { CidrIpv6: '::/0', IpProtocol: '-1' },
      ],
    })
    for (const subnet of each('AWS::EC2::Subnet'))
      expect(subnet).toMatchObject({ AssignIpv6AddressOnCreation: true, MapPublicIpOnLaunch: true })
    const ways = (each('AWS::EC2::Route') as Record<string, string>[]).map(
      ({ DestinationCidrBlock, DestinationIpv6CidrBlock, GatewayId }) => [
        DestinationCidrBlock ?? DestinationIpv6CidrBlock,
        GatewayId,
      ],
    )
    expect(ways).toEqual([
      ['0.0.0.0/0', 'networkIGW'],
      ['::/0', 'networkIGW'],
      ['0.0.0.0/0', 'networkIGW'],
      ['::/0', 'networkIGW'],
    ])
  })

  test('has no NAT gateway, which would cost more than all the rest', () => {
    expect(each('AWS::EC2::NatGateway')).toEqual([])
    expect(each('AWS::EC2::EIP')).toEqual([])
  })
})

describe('what a runner may do', () => {
  const table = 'arn:aws:dynamodb:us-east-1:<AccountId>:table/upquorum'
  const writeLog = (voter: string) => ({
    Effect: 'Allow',
    Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    Resource: `${voter}log.Arn`,
  })
  const always = [
    {
      Effect: 'Allow',
      Action: 'dynamodb:GetItem',
      Resource: table,
      Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['PLAN'] } },
    },
    expect.objectContaining({ Effect: 'Allow', Action: 'dynamodb:PutItem', Resource: table }),
  ]
  const secret = {
    Effect: 'Allow',
    Action: 'ssm:GetParameter',
    Resource: 'arn:aws:ssm:eu-west-1:<AccountId>:parameter/example/token',
  }
  const bundle = {
    Effect: 'Allow',
    Action: 's3:GetObject',
    Resource: expect.stringMatching(/^arn:aws:s3:::.*\/[0-9a-f]{64}\.zip$/),
  }
  const sessions = {
    Effect: 'Allow',
    Action: [
      'ssm:UpdateInstanceInformation',
      'ssmmessages:CreateControlChannel',
      'ssmmessages:CreateDataChannel',
      'ssmmessages:OpenControlChannel',
      'ssmmessages:OpenDataChannel',
    ],
    Resource: '*',
  }
  const signal = { Effect: 'Allow', Action: 'cloudformation:SignalResource', Resource: '<StackId>' }

  test('read plans, put ballots, read the secrets of its own checks and its bundle, be reached by a session', () => {
    expect(statementsOf(assembly, stack, 'lab-1-role')).toEqual([
      writeLog('lab1'),
      ...always,
      secret,
      bundle,
      sessions,
      signal,
    ])
    expect(statementsOf(assembly, stack, 'lab-2-role')).toEqual([
      writeLog('lab2'),
      ...always,
      bundle,
      sessions,
      signal,
    ])
  })
})

test('the policy that a self-hosted runner is given is what the role of a machine has, but for what only a machine does', () => {
  const rich = configuration.replace(
    'bearer: ssm:/example/token',
    'bearer: ssm:/example/token, headers: { Cookie: "secretsmanager:shop/jar#cookie" }',
  )
  const made = synth(rich)
  const [runner] = configOf(rich).runners
  const account = { partition: partitionOf(runner!.region), account: '<AccountId>' }
  const policy = policyOf(voterPermissions(configOf(rich), runner!, tableName, account))
  expect(policy.Statement).toHaveLength(4)
  const only = [
    'logs:CreateLogStream',
    's3:GetObject',
    'ssm:UpdateInstanceInformation',
    'cloudformation:SignalResource',
  ]
  expect(
    (statementsOf(made, stack, 'lab-1-role') as { Action: string | string[] }[]).filter(
      ({ Action }) => !only.includes([Action].flat()[0]!),
    ),
  ).toEqual(
    policy.Statement.map(({ Action, Resource, ...rest }) => ({
      ...rest,
      Action: Action[0],
      Resource: Resource[0],
    })),
  )
  made.remove()
})

test('the partition of every region is the one that the CDK knows', () => {
  const known = knownRegions.filter((region) => RegionInfo.get(region).partition !== undefined)
  expect(known.length).toBeGreaterThan(30)
  expect(known.map(partitionOf)).toEqual(known.map((region) => RegionInfo.get(region).partition))
})

describe('its first boot', () => {
  test('downloads its bundle and nothing else', () => {
    const boot = bootOf('lab-1')
    const downloads = boot
      .split('\n')
      .filter((line) => !line.includes("echo 'upquorum: "))
      .filter((line) => /\b(aws|curl|wget|dnf|yum|rpm|npm|npx|pip|git|https?)\b/.test(line))
    expect(downloads).toEqual([
      '/opt/aws/bin/cfn-signal --stack upquorum-runners-eu-west-1 --resource lab1groupASG' +
        `${/lab1groupASG(\w{8})/.exec(boot)![1]} --region eu-west-1 -e $exitCode || echo 'Failed to send Cloudformation Signal'`,
      expect.stringMatching(
        /^aws s3 cp --no-progress --region eu-west-1 's3:\/\/.*\/[0-9a-f]{64}\.zip' \/var\/tmp\/upquorum\.zip$/,
      ),
    ])
  })

  test('stops at its first failure, which is told to CloudFormation', () => {
    expect(bootOf('lab-1').split('\n').slice(0, 2)).toEqual(['#!/bin/bash', 'set -euo pipefail'])
    expect(bootOf('lab-1')).toContain('trap exitTrap EXIT')
  })

  test('is a script that bash can read', () => {
    const { status, stderr } = spawnSync('bash', ['-n'], { input: bootOf('lab-1'), encoding: 'utf8' })
    expect([status, stderr]).toEqual([0, ''])
  })

  test('fits what EC2 takes', () => {
    // 16 KB before base64 (EC2 user guide, "Run commands at launch").
    expect(bootOf('lab-1').length).toBeLessThan(16_384)
  })

  test('tells the runner who it votes as and where to', () => {
    const settings = [...bootOf('lab-2').matchAll(/^Environment=(.*)$/gm)].map(([, setting]) => setting)
    expect(settings).toEqual([
      'HOME=/',
      'UPQUORUM_VOTER=lab-2',
      'UPQUORUM_TABLE=upquorum',
      'UPQUORUM_HOMES=us-east-1',
      'UPQUORUM_LOG_GROUP=/upquorum/runner/lab-2',
      'AWS_REGION=eu-west-1',
    ])
  })

  test('another bundle is another template, so that the machine is replaced', () => {
    const { UserData } = propertiesOf(assembly, stack, 'AWS::EC2::LaunchTemplate')[0]!.LaunchTemplateData as {
      UserData: unknown
    }
    const [asset] = [...JSON.stringify(UserData).matchAll(/[0-9a-f]{64}\.zip/g)]
    const [group] = each('AWS::AutoScaling::AutoScalingGroup') as { LaunchTemplate: unknown }[]
    expect(asset).toBeDefined()
    expect(group!.LaunchTemplate).toEqual({
      LaunchTemplateId: 'lab1template',
      Version: 'lab1template.LatestVersionNumber',
    })
  })
})

test('what has not been fetched is missing in the bundle', () => {
  const folder = mkdtempSync(join(tmpdir(), 'upquorum-parts-'))
  expect(fetchedParts(folder)).toBeUndefined()
  bundleRunner(folder, undefined)
  expect(readdirSync(folder)).toEqual(['runner.mjs'])
  rmSync(folder, { recursive: true })
})

describe('a bundle that could not start', () => {
  const parts = { node: 'somewhere', koffi: 'somewhere', koffiName: 'koffi' }
  const templateOf = (given: typeof parts | undefined) => {
    const app = new App()
    const made = new Stack(app, 'runners')
    new CfnWaitConditionHandle(made, 'anything')
    refuseDeploymentWithout(given, made)
    return app.synth().getStackByName('runners').template as Record<string, unknown>
  }

  test('is refused by CloudFormation, before it makes anything', () => {
    expect(templateOf(undefined)).toMatchObject({
      Parameters: { RunnerBundle: { Type: 'String', Default: 'without Node' } },
      Rules: {
        RunnerBundleIsWhole: {
          Assertions: [
            {
              Assert: { 'Fn::Equals': [{ Ref: 'RunnerBundle' }, 'whole'] },
              AssertDescription: expect.stringContaining('"npm run deploy" fetches them first'),
            },
          ],
        },
      },
    })
  })

  test('is the only one that is refused', () => {
    const whole = templateOf(parts)
    expect(whole.Rules).not.toHaveProperty('RunnerBundleIsWhole')
    expect(whole.Parameters).not.toHaveProperty('RunnerBundle')
  })

  test('is named by the machine that gets it all the same, before it does anything with it', () => {
    const lines = bootOf('lab-1').split('\n')
    const check = lines.findIndex((line) => line.startsWith('[ -f /opt/upquorum/bin/node ] || '))
    expect(check).toBeLessThan(lines.findIndex((line) => line.includes('/etc/systemd/system')))
    const { status, stderr } = spawnSync('bash', ['-c', lines[check]!], { encoding: 'utf8' })
    expect([status, stderr]).toEqual([
      1,
      'upquorum: the runner bundle lacks Node and koffi for arm64 and cannot start; ' +
        '"npm run deploy" fetches them first\n',
    ])
  })
})

describe('the unit', () => {
  const unit = runnerUnit({ UPQUORUM_VOTER: 'lab-1' })
  const settings = Object.fromEntries(
    unit
      .split('\n')
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )

  test('gives the runner one capability and no way to another', () => {
    expect(settings).toMatchObject({
      DynamicUser: 'yes',
      AmbientCapabilities: 'CAP_NET_RAW',
      CapabilityBoundingSet: 'CAP_NET_RAW',
      NoNewPrivileges: 'yes',
      ProtectSystem: 'strict',
      RestrictSUIDSGID: 'yes',
      RestrictNamespaces: 'yes',
    })
  })

  test('also logs where one can read when nothing reaches CloudWatch', () => {
    expect(settings).toMatchObject({ StandardOutput: 'journal+console' })
  })

  test('starts it again, and gives the machine up when that does not help', () => {
    expect(settings).toMatchObject({
      Type: 'notify',
      Restart: 'always',
      RestartSec: '5',
      WatchdogSec: '60',
      StartLimitAction: 'poweroff',
    })
    expect(settings).not.toHaveProperty('SuccessAction')
    // Watchdog kills alone must never exceed the start limit: an unreachable home is not the machine's fault.
    const startsByWatchdog = Number(settings.StartLimitIntervalSec) / Number(settings.WatchdogSec) + 1
    expect(startsByWatchdog).toBeLessThan(Number(settings.StartLimitBurst))
  })

  test('gives the machine up when the runner asks for that, and for no other end of it', () => {
    expect(settings).toMatchObject({
      RestartPreventExitStatus: String(exitCode.replace),
      OnFailure: 'poweroff.target',
    })
    // It would also fire for processes that are restarted.
    expect(settings).not.toHaveProperty('FailureAction')
  })

  test('gives the runner as long to vote as it goes on asking for', () => {
    // It extends the timeout by a minute every second (EXTEND_TIMEOUT_USEC), and exits by itself when that is useless.
    expect(settings).toMatchObject({ Type: 'notify', NotifyAccess: 'main', TimeoutStartSec: '60' })
  })

  const systemd = spawnSync('systemd-analyze', ['--version'])
  if (systemd.error !== undefined)
    console.log('skipped: whether systemd accepts the unit; it needs systemd-analyze')
  test.skipIf(systemd.error !== undefined)('is one that systemd accepts without a word', () => {
    const folder = mkdtempSync(join(tmpdir(), 'upquorum-unit-'))
    mkdirSync(join(folder, 'bin'))
    writeFileSync(join(folder, 'bin/node'), '', { mode: 0o755 })
    const path = join(folder, 'upquorum-runner.service')
    writeFileSync(path, runnerUnit({ UPQUORUM_VOTER: 'lab-1' }, folder))
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', path], {
      encoding: 'utf8',
    })
    rmSync(folder, { recursive: true })
    expect([status, stdout, stderr]).toEqual([0, '', ''])
  })
})
