import { isIP } from 'node:net'
import type { Address, IpVersion } from './address.ts'
import type { Phases } from './connection.ts'
import type { DialContext } from './dial.ts'

/** The finding of a probe, and the probed address. */
export interface Reached<Found> {
  readonly found: Found
  readonly to: Address
  /** The time of the look-up, if the host is a name. */
  readonly phases: Pick<Phases, 'dns'>
}

/** Errors of a voter without this IP version: connect(2), ip(7), ipv6(7). */
const missingVersion = new Set(['ENETUNREACH', 'EADDRNOTAVAIL', 'EAFNOSUPPORT'])

/**
 * Probes the first address of a host. The look-up prefers IPv4 addresses; a voter with IPv6 only falls back to the
 * first IPv6 address.
 */
export async function probeWithIpv6Fallback<Found>(
  { host, ip }: { readonly host: string; readonly ip?: IpVersion | undefined },
  context: Pick<DialContext, 'clock' | 'resolve'>,
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
