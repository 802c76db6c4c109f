import { Validations } from 'aws-cdk-lib'
import { IpProtocol, type IVpc, SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2'
import type { Construct } from 'constructs'

/**
 * The network of a region's runners: dual-stack and public, because a NAT gateway costs ten times as much as
 * the runner behind it and would answer in the target's place.
 */
export function makeRunnerNetwork(scope: Construct): { readonly vpc: IVpc; readonly closed: SecurityGroup } {
  // The library's own class is not quite its own interface under exactOptionalPropertyTypes.
  const vpc = new Vpc(scope, 'network', {
    ipProtocol: IpProtocol.DUAL_STACK,
    natGateways: 0,
    maxAzs: 2,
    // In a dual-stack network the library leaves addresses of IPv4 out unless told otherwise.
    subnetConfiguration: [{ name: 'runners', subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: true }],
  }) as IVpc
  Validations.of(vpc).acknowledge({
    id: 'AwsSolutions-VPC7',
    reason: 'Flow logs of probes would repeat the ballots, at a multiple of the price of the runner.',
  })
  const closed = new SecurityGroup(scope, 'closed', {
    vpc,
    description: 'Runners probe others; nobody may begin anything with them',
    allowAllOutbound: true,
    allowAllIpv6Outbound: true,
  })
  return { vpc, closed }
}
