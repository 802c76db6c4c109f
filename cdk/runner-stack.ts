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
 * Between the creation of a machine and its runner's word that it votes. It boots in two minutes. A plan that
 * was applied just before holds only after three, from the next whole minute on, and its first tick comes up to a
 * minute later. A runner that reaches no home gives up after ten, which is told at once.
 */
const bootMinutes = 15

/** The runners that live in one region, in a network of their own: a small machine each, kept alive by its group. */
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
      description: `What the runner ${voter} may do`,
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
      reason: 'The channels of Session Manager are no resources: these actions take only "*".',
    })

    const template = new LaunchTemplate(this, `${voter}-template`, {
      instanceType: new InstanceType('t4g.nano'),
      // The parameter is resolved by CloudFormation at each deployment: nothing is looked up at synth.
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
          // 8 GB is the least that the image fits on.
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
      // One, and for some minutes of an update two that vote as the same voter: the first ballot counts.
      minCapacity: 1,
      maxCapacity: 2,
      signals: Signals.waitForAll({ timeout: Duration.minutes(bootMinutes) }),
      updatePolicy: UpdatePolicy.rollingUpdate({ minInstancesInService: 1, maxBatchSize: 1 }),
    })
    group.userData.addSignalOnExitCommand(group)
    // A machine that boots before it may read the bundle, or before it has a way out, would boot in vain.
    group.node.addDependency(role, vpc)
    Validations.of(group).acknowledge({
      id: 'AwsSolutions-AS3',
      reason:
        'What matters of a machine is its votes, and the sweep tells the operators when they fail to come.',
    })
  }
}

/** May fetch the bundle, and nothing else from the bucket of assets. */
function readBundle({ bucket, s3ObjectKey }: Asset): PolicyStatement {
  return new PolicyStatement({ actions: ['s3:GetObject'], resources: [bucket.arnForObjects(s3ObjectKey)] })
}

/**
 * What Session Manager needs. The managed policy for it, AmazonSSMManagedInstanceCore, may also read every
 * parameter of the account.
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
