import { Resolver as Channel } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Address, IpVersion } from './address.ts'
import { TargetError } from './fault.ts'
import { type Hosts, readHosts } from './hosts-file.ts'

/** Looks up each host once in its life, which is one shard and tick. */
export interface Resolver {
  /**
   * The addresses of a name or an IP literal. IPv6 is queried only if `ip` is 6 or the name has no IPv4 address.
   * Throws `TargetError` (`dns`) if the name does not exist or has no address, any other error if our own resolver
   * failed.
   */
  resolve(host: string, ip?: IpVersion): Promise<readonly Address[]>
  /** Cancels pending look-ups. */
  close(): void
}

export interface ResolverOptions {
  /** `address` or `address:port` of the name servers; the system's by default. */
  readonly servers?: readonly string[] | undefined
  /** Timeout of the first try; c-ares doubles it for each further one. */
  readonly timeoutMs?: number
  readonly tries?: number
  /** File with names that no name server knows; /etc/hosts by default. */
  readonly hostsFile?: string
}

export function createResolver(options: ResolverOptions = {}): Resolver {
  let opened: Channel | undefined
  /** Opened by the first query, because it reads the system's configuration and many ticks have no query. */
  const channel = () => {
    if (opened !== undefined) return opened
    opened = new Channel({ timeout: options.timeoutMs ?? 2000, tries: options.tries ?? 2 })
    if (options.servers !== undefined) opened.setServers(options.servers)
    return opened
  }
  let hosts: Promise<Hosts> | undefined
  const known = new Map<string, Promise<readonly Address[]>>()

  /** Returns an empty list if the name exists but has no address of this version. */
  const ask = async (name: string, ip: IpVersion) => {
    try {
      return ip === 4 ? await channel().resolve4(name) : await channel().resolve6(name)
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? ''
      if (code === 'ENODATA') return []
      if (code === 'EBADNAME') throw new TargetError('dns', `${name} is not a valid name`)
      if (code !== 'ENOTFOUND')
        throw new Error(`${ownFaults[code] ?? 'our resolver failed'} for ${name} (${code})`)
      return await inHostsFile(name, ip)
    }
  }
  // Not with getaddrinfo(3), which appends each search domain of resolv.conf(5) to names it does not find: a mistyped
  // name would be online wherever such a domain answers for all names.
  const inHostsFile = async (name: string, ip: IpVersion) => {
    hosts ??= readHosts(options.hostsFile ?? '/etc/hosts')
    const addresses = (await hosts).get(name)
    if (addresses === undefined) throw notFound(name)
    return addresses.filter((address) => isIP(address) === ip)
  }
  const once = (name: string, ip: IpVersion) => {
    const key = `${ip} ${name}`
    const asked =
      known.get(key) ??
      ask(name, ip).then((found) => found.map((address): Address => ({ address, family: ip })))
    known.set(key, asked)
    return asked
  }

  return {
    async resolve(host, ip) {
      const certain = knownAddresses(host, ip)
      if (certain !== undefined) return certain
      const name = canonical(host)
      const addresses = await once(name, ip ?? 4)
      if (addresses.length > 0) return addresses
      if (ip !== undefined) throw new TargetError('dns', `the name ${name} has no IPv${ip} address`)
      const others = await once(name, 6)
      if (others.length > 0) return others
      throw new TargetError('dns', `the name ${name} has no address`)
    },
    close: () => opened?.cancel(),
  }
}

/**
 * The addresses of a host for which no name server may be queried: IP literals and the special names of RFC 6761 (6.3
 * and 6.4). Undefined for all others. Throws `TargetError` for hosts that cannot have an address.
 */
export function knownAddresses(host: string, ip?: IpVersion): readonly Address[] | undefined {
  const literal = isIP(host) as 0 | IpVersion
  if (literal !== 0) {
    if (ip === undefined || ip === literal) return [{ address: host, family: literal }]
    throw new TargetError('dns', `${host} is not an IPv${ip} address`)
  }
  const name = canonical(host)
  const last = name.slice(name.lastIndexOf('.') + 1)
  if (last === 'localhost')
    return [ip === 6 ? { address: '::1', family: 6 } : { address: '127.0.0.1', family: 4 }]
  if (last === 'invalid') throw notFound(name)
  // Some resolvers read 0x7f.1, 127.1 or 2130706433 as 127.0.0.1. No top-level domain is a number.
  if (/^(\d+|0x[0-9a-f]*)$/.test(last)) {
    throw new TargetError('dns', `${name} is neither a name nor an IP address in its usual form`)
  }
  return undefined
}

function canonical(host: string): string {
  return host.toLowerCase().replace(/\.$/, '')
}

/** c-ares errors if no answer came, or none about the name. */
const ownFaults: Readonly<Record<string, string>> = {
  ETIMEOUT: 'our resolver did not answer',
  ECONNREFUSED: 'our resolver cannot be reached',
  ESERVFAIL: 'our resolver failed',
  EREFUSED: 'our resolver refused to answer',
  ECANCELLED: 'our resolver was stopped before it answered',
}

function notFound(name: string): TargetError {
  return new TargetError('dns', `the name ${name} does not exist`)
}
