import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib'
import {
  AutoScalingGroup,
  BlockDeviceVolume,
  EbsDeviceVolumeType,
  Signals,
  UpdatePolicy,
} from 'aws-cdk-lib/aws-autoscaling'
import {
  AmazonLinuxCpuType,
  InstanceInitiatedShutdownBehavior,
  InstanceType,
  LaunchTemplate,
  LaunchTemplateHttpTokens,
  MachineImage,
  SubnetType,
} from 'aws-cdk-lib/aws-ec2'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { Asset } from 'aws-cdk-lib/aws-s3-assets'
import type { Construct } from 'constructs'
import type { Runner } from '../shared/config/config.ts'
import { machinesOf } from '../shared/config/machines.ts'
import { voterPermissions } from '../shared/plan/permissions.ts'
import type { UpquorumStackProps } from './home-stack.ts'
import { tableName } from './names.ts'
import { bootRunner } from './runner-boot.ts'
import { fetchedParts, makeRunnerAsset, refuseDeploymentWithout } from './runner-bundle.ts'
import { makeRunnerNetwork } from './runner-network.ts'

export interface RunnerStackProps extends UpquorumStackProps {
  readonly region: string
}

/**
 * How long a machine may take from its creation until its runner is ready. Booting takes two minutes. A plan applied
 * just before takes effect after three minutes, rounded up to a whole one, and its first tick is up to a minute later.
 * A runner that reaches no home gives up after ten minutes, which fails the deployment at once.
 */
const bootMinutes = 15

/** The runners of one region, in their own network: each a small machine that its auto scaling group replaces. */
export class RunnerStack extends Stack {
  constructor(scope: Construct, id: string, props: RunnerStackProps) {
    super(scope, id, props)
    const network = makeRunnerNetwork(this)
    const parts = fetchedParts()
    const bundle = makeRunnerAsset(this, parts)
    refuseDeploymentWithout(parts, this)
    for (const runner of machinesOf(props.config))
      if (runner.region === props.region) this.#makeRunner(runner, props, network, bundle)
  }

  #makeRunner(
    runner: Runner,
    { config }: RunnerStackProps,
    { vpc, closed }: ReturnType<typeof makeRunnerNetwork>,
    bundle: Asset,
  ): void {
    const { name: voter, region } = runner
    const role = new Role(this, `${voter}-role`, {
      assumedBy: new ServicePrincipal('ec2.amazonaws.com'),
      description: `Permissions of the runner ${voter}`,
    })
    const log = new LogGroup(this, `${voter}-log`, {
      logGroupName: `/upquorum/runner/${voter}`,
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    log.grantWrite(role)
    for (const statement of [
      ...voterPermissions(config, runner, tableName, this).map((right) => new PolicyStatement(right)),
      readBundle(bundle),
      openSessions,
    ])
      role.addToPolicy(statement)
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'The Session Manager actions support no resource but "*".',
    })

    const template = new LaunchTemplate(this, `${voter}-template`, {
      instanceType: new InstanceType('t4g.nano'),
      // CloudFormation resolves the image's SSM parameter at each deployment, so synth needs no lookup.
      machineImage: MachineImage.latestAmazonLinux2023({ cpuType: AmazonLinuxCpuType.ARM_64 }),
      userData: bootRunner(bundle, region, {
        UPQUORUM_VOTER: voter,
        UPQUORUM_TABLE: tableName,
        UPQUORUM_HOMES: config.homes.join(','),
        UPQUORUM_LOG_GROUP: `/upquorum/runner/${voter}`,
        AWS_REGION: region,
      }),
      role,
      securityGroup: closed,
      httpTokens: LaunchTemplateHttpTokens.REQUIRED,
      httpPutResponseHopLimit: 1,
      instanceInitiatedShutdownBehavior: InstanceInitiatedShutdownBehavior.TERMINATE,
      blockDevices: [
        {
          deviceName: '/dev/xvda',
          // 8 GB is the minimum size for the image.
          volume: BlockDeviceVolume.ebs(8, {
            volumeType: EbsDeviceVolumeType.GP3,
            encrypted: true,
            deleteOnTermination: true,
          }),
        },
      ],
    })
    const group = new AutoScalingGroup(this, `${voter}-group`, {
      vpc,
      vpcSubnets: { subnetType: SubnetType.PUBLIC },
      launchTemplate: template,
      // During an update two machines vote as the same voter for some minutes; the first ballot of a tick counts.
      minCapacity: 1,
      maxCapacity: 2,
      signals: Signals.waitForAll({ timeout: Duration.minutes(bootMinutes) }),
      updatePolicy: UpdatePolicy.rollingUpdate({ minInstancesInService: 1, maxBatchSize: 1 }),
    })
    group.userData.addSignalOnExitCommand(group)
    // The machine needs its permissions and its internet route at boot to download the bundle.
    group.node.addDependency(role, vpc)
    Validations.of(group).acknowledge({
      id: 'AwsSolutions-AS3',
      reason: "Only a machine's votes matter, and the sweep tells the operators when they are missing.",
    })
  }
}

/** Permission to read the bundle, and nothing else in the asset bucket. */
function readBundle({ bucket, s3ObjectKey }: Asset): PolicyStatement {
  return new PolicyStatement({ actions: ['s3:GetObject'], resources: [bucket.arnForObjects(s3ObjectKey)] })
}

/**
 * The permissions that Session Manager needs. The managed policy for it, AmazonSSMManagedInstanceCore, also grants
 * access to every parameter of the account.
 */
const openSessions = new PolicyStatement({
  actions: [
    'ssm:UpdateInstanceInformation',
    'ssmmessages:CreateControlChannel',
    'ssmmessages:CreateDataChannel',
    'ssmmessages:OpenControlChannel',
    'ssmmessages:OpenDataChannel',
  ],
  resources: ['*'],
})
