import { isIP } from 'node:net'
import type { IpVersion, Peer } from '../../network/address.ts'
import { dial } from '../../network/dial.ts'
import { TargetError } from '../../network/fault.ts'
import type { Finding, ProbeContext } from '../prober.ts'
import { type Exchange, exchange } from './exchange.ts'
import { judgeReply } from './expect.ts'
import type { Question } from './message.ts'

import { rcodeName } from './rcodes.ts'
import type { DnsTarget } from './target.ts'

/** Maximum resolvers queried, as in the C library (resolv.conf(5), MAXNS). */
const maxResolvers = 3
/** Time per resolver: enough for one lost datagram, and for all three within most timeouts. */
const patienceMs = 2000
const outOfPatience = new Error('this resolver was given its time')

/**
 * Queries the voter's own resolvers in turn until one has an answer. NXDOMAIN is the name's fault; every other failure
 * is ours and thrown.
 */
export async function askOwnResolvers(
  target: DnsTarget,
  question: Question,
  nameServers: readonly string[],
  context: ProbeContext,
): Promise<Finding> {
  let failure: unknown = new Error('this voter has no resolver of its own')
  for (const peer of nameServers.slice(0, maxResolvers).map(parsePeer)) {
    try {
      const { reply, phases } = await askResolver(question, peer, target.transport, context)
      const rcode = rcodeName(reply.rcode)
      if (rcode === 'NOERROR' || rcode === 'NXDOMAIN' || rcode === target.expect.rcode) {
        return judgeReply(target, reply, peer.name, phases)
      }
      failure = new Error(`${peer.name} answered ${rcode} for ${target.name}`)
    } catch (error) {
      failure = error instanceof TargetError ? new Error(error.message) : error
      if (context.lifetime.reason !== undefined) break
    }
  }
  throw failure
}

/** Bypasses the guard on purpose: the voter chose its resolvers, and they often have private addresses. */
async function askResolver(
  question: Question,
  peer: Peer,
  transport: 'udp' | 'tcp',
  { lifetime: outer, clock }: ProbeContext,
): Promise<Exchange> {
  const lifetime = outer.within()
  const cancel = clock.timer(patienceMs, () => lifetime.end(outOfPatience))
  const way = { lifetime, clock, localAddress: () => undefined }
  const connect = () =>
    dial(
      { host: peer.address.address, port: peer.port },
      { ...way, resolve: async () => [peer.address], enter: () => {} },
    )
  try {
    return await exchange(question, peer, { ...way, transport, connect })
  } finally {
    cancel()
  }
}

/** Parses `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1` or `[2001:db8::1]:5353`, as in `dns.getServers()`. */
function parsePeer(text: string): Peer {
  const [, bracketed, plain, port] = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(text) ?? []
  const address = bracketed ?? plain ?? text
  return {
    address: { address, family: isIP(address) as IpVersion },
    port: Number(port ?? 53),
    name: `our own resolver ${text}`,
  }
}
