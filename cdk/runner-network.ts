import { Validations } from 'aws-cdk-lib'
import { IpProtocol, type IVpc, SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2'
import type { Construct } from 'constructs'

/**
 * Creates the network of a region's runners. It is public and dual-stack: a NAT gateway would cost ten times as much as
 * a runner and would answer in the target's place.
 */
export function makeRunnerNetwork(scope: Construct): { readonly vpc: IVpc; readonly closed: SecurityGroup } {
  // Under exactOptionalPropertyTypes the CDK's Vpc is not assignable to its own interface IVpc.
  const vpc = new Vpc(scope, 'network', {
    ipProtocol: IpProtocol.DUAL_STACK,
    natGateways: 0,
    maxAzs: 2,
    // By default the CDK assigns no public IPv4 addresses in a dual-stack network.
    subnetConfiguration: [{ name: 'runners', subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: true }],
  }) as IVpc
  Validations.of(vpc).acknowledge({
    id: 'AwsSolutions-VPC7',
    reason: 'Flow logs would repeat the ballots at several times the cost of the runner.',
  })
  const closed = new SecurityGroup(scope, 'closed', {
    vpc,
    description: 'Outbound probes only; no inbound connections',
    allowAllOutbound: true,
    allowAllIpv6Outbound: true,
  })
  return { vpc, closed }
}
