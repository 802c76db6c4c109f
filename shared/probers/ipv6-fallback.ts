import { isIP } from 'node:net'
import type { Address, IpVersion } from '../network/address.ts'
import type { Phases } from '../network/connection.ts'
import type { ProbeContext } from './prober.ts'

/** What a probe of one address found, and where. */
export interface Reached<Found> {
  readonly found: Found
  readonly to: Address
  /** The time of the look-up, for names. */
  readonly phases: Pick<Phases, 'dns'>
}

/** How a voter fails that lacks an IP version: connect(2), ip(7), ipv6(7). */
const missingVersion = new Set(['ENETUNREACH', 'EADDRNOTAVAIL', 'EAFNOSUPPORT'])

/**
 * Probes the first address of a host. The look-up gives IPv4 addresses where there are any; a voter that has
 * IPv6 only goes on with the first of those.
 */
export async function probeWithIpv6Fallback<Found>(
  { host, ip }: { readonly host: string; readonly ip?: IpVersion },
  context: Pick<ProbeContext, 'clock' | 'resolve'>,
  probe: (to: Address) => Promise<Found>,
): Promise<Reached<Found>> {
  const startMs = context.clock.monotonic()
  const [to] = await context.resolve(host, ip)
  const phases = isIP(host) === 0 ? { dns: context.clock.monotonic() - startMs } : {}
  try {
    return { found: await probe(to!), to: to!, phases }
  } catch (error) {
    const isMissing = missingVersion.has((error as NodeJS.ErrnoException).code ?? '')
    if (!isMissing || ip !== undefined || to!.family === 6 || isIP(host) !== 0) throw error
    const [other] = await context.resolve(host, 6).catch(() => [])
    if (other === undefined) throw error
    return { found: await probe(other), to: other, phases }
  }
}
