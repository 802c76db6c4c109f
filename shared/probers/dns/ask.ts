import { isIP } from 'node:net'
import { TargetError } from '../../network/fault.ts'
import type { Finding, ProbeContext } from '../prober.ts'
import { exchange } from './exchange.ts'
import { judgeReply } from './expect.ts'
import type { Question } from './message.ts'
import { type DnsServer, type DnsTarget, nameOfServer } from './target.ts'

/**
 * Queries one configured server at the first address of its name; a check that needs every address must list them all.
 * The server's faults are findings; a throw is our own failure, or the look-up's of the server's name.
 */
export async function askServer(
  target: DnsTarget,
  question: Question,
  server: DnsServer,
  context: ProbeContext,
): Promise<Finding> {
  const { lifetime, clock } = context
  const peerName = nameOfServer(server)
  const startMs = clock.monotonic()
  const [address] = await context.resolve(server.host, target.ip)
  const dns = isIP(server.host) === 0 && { dns: clock.monotonic() - startMs }
  try {
    const { reply, phases } = await exchange(
      question,
      { address: address!, port: server.port, name: peerName },
      {
        lifetime,
        clock,
        transport: target.transport,
        localAddress: (to) => context.localAddress(to),
        connect: (peer) => context.dial({ host: peer.address.address, port: peer.port }),
      },
    )
    return judgeReply(target, reply, peerName, { ...dns, ...phases })
  } catch (error) {
    // Returned, not thrown, because only a returned finding still counts after the timeout has stopped the probe.
    if (!(error instanceof TargetError)) throw error
    return { online: false, reason: error.reason, detail: error.message, phases: { ...dns } }
  }
}
