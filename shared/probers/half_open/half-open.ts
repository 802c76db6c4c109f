import { hostAndPort, type IpVersion, peerOf } from '../../network/address.ts'
import { probeWithIpv6Fallback } from '../../network/ipv6-fallback.ts'
import type { SynAnswer } from '../../raw/sockets.ts'
import { withRemark } from '../../text/truncate.ts'
import type { Finding, Prober } from '../prober.ts'
import { shakeRepeatedly } from './attempts.ts'
import { describeMethod, describeUndeliverable } from './wording.ts'

export interface HalfOpenTarget {
  readonly host: string
  readonly port: number
  readonly ip?: IpVersion
  /** SYNs sent, a second apart, before silence counts; without raw sockets the system decides. */
  readonly attempts: number
}

/**
 * Sends SYN and evaluates the reply. The connection is never completed, so the service behind the port does not see
 * it. The latency is that of the answered SYN.
 */
export const halfOpen: Prober<HalfOpenTarget> = {
  needs: 'raw',
  hosts: (target) => [target.host],
  label: (target) => hostAndPort(target.host, target.port),
  cpuMs: () => 0,
  bytesOut: () => 54,

  async probe(target, context) {
    const { host, port, attempts } = target
    const { raw } = context
    if (raw === undefined) throw new Error('this voter makes no half-open probes: only runners do')
    const { found, to, phases } = await probeWithIpv6Fallback(target, context, (to) =>
      shakeRepeatedly({ raw, to, port, attempts }, context),
    )
    const { answer, sent } = found
    const peer = peerOf(host, port, to)
    const method = describeMethod(raw.method)
    const finding = findingOf(answer, peer, raw.method === 'raw' ? sent : undefined)
    if (!finding.online) return { ...finding, detail: withRemark(finding.detail, method), phases }
    const repeated = sent > 1 ? `answered after ${sent} SYNs` : ''
    const note = [repeated, method].filter((part) => part !== '').join(', ')
    return {
      ...finding,
      phases: { ...phases, ...finding.phases },
      ...(note !== '' && { note }),
      ...(raw.method !== 'raw' && { method: raw.method }),
    }
  },
}

/** @param syns how many were sent; undefined if the system sent them, which does not tell RST from an ICMP error. */
function findingOf(answer: SynAnswer, peer: string, syns: number | undefined): Finding {
  switch (answer.answer) {
    case 'open': {
      const ms = answer.rttUs / 1000
      return { online: true, phases: { connect: ms }, latencyMs: ms }
    }
    case 'closed': {
      const how = syns === undefined ? 'the connection was refused' : 'it answered SYN with RST'
      return { online: false, reason: 'refused', detail: `${peer} is closed: ${how}` }
    }
    case 'silent': {
      const what = syns === undefined ? '' : syns === 1 ? ' a SYN' : ` ${syns} SYNs`
      return { online: false, reason: 'timeout', detail: `${peer} did not answer${what}` }
    }
    case 'error':
      return { online: false, reason: 'unreachable', detail: describeUndeliverable(peer, answer) }
  }
}
