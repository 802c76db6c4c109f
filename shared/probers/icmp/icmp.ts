import { probeWithIpv6Fallback } from '../../network/ipv6-fallback.ts'
import { describeUndeliverable } from '../half_open/wording.ts'
import type { Finding, Prober } from '../prober.ts'
import { type Pinged, pingRepeatedly } from './pings.ts'
import { describeRoundTrips, roundTripsOf } from './round-trips.ts'
import type { IcmpTarget } from './target.ts'

/** Pings a host several times. The latency is the mean of the answered pings. */
export const icmp: Prober<IcmpTarget> = {
  needs: 'raw',
  hosts: (target) => [target.host],
  label: (target) => target.host,
  cpuMs: () => 0,
  bytesOut: () => 84,

  async probe(target, context) {
    const ping = context.raw?.ping
    if (ping === undefined) throw new Error('this voter sends no pings: they need raw sockets (CAP_NET_RAW)')
    const { host } = target
    const { found, to, phases } = await probeWithIpv6Fallback(target, context, (to) =>
      pingRepeatedly((options) => ping(to, { ...options, from: context.localAddress(to) }), target, context),
    )
    const peer = host === to.address ? host : `${host} (${to.address})`
    return { ...findingOf(found, peer, target.maxLossPercent), phases }
  },
}

function findingOf({ sent, rttsUs, error }: Pinged, peer: string, maxLossPercent = 100): Finding {
  const lostPercent = Math.round(((sent - rttsUs.length) / sent) * 1000) / 10
  const pings = sent === 1 ? 'a ping' : `${sent} pings`
  if (rttsUs.length === 0) {
    return error === undefined
      ? { online: false, reason: 'timeout', detail: `${peer} did not answer ${pings}` }
      : { online: false, reason: 'unreachable', detail: describeUndeliverable(peer, error) }
  }
  if (lostPercent > maxLossPercent) {
    const detail = `${peer} lost ${lostPercent} % of ${pings}, at most ${maxLossPercent} % are allowed`
    return { online: false, reason: 'assertion', detail }
  }
  const trips = roundTripsOf(rttsUs)
  const answered = `${rttsUs.length} of ${pings} answered, ${describeRoundTrips(trips)}`
  return { online: true, phases: {}, latencyMs: trips.meanUs / 1000, note: answered }
}
