import { BlockList, isIP } from 'node:net'

/**
 * Ranges that the IANA special-purpose registries (RFC 6890 and its updates) exclude from the public internet,
 * narrower ranges first. The documentation ranges (RFC 5737, 3849, 9637) are allowed: they are unassigned, and in an
 * example they stand for a public address.
 */
const v4 = table('ipv4', [
  ['the metadata address of the cloud', '169.254.169.254/32'],
  ['a loopback address', '127.0.0.0/8'],
  ['a link-local address', '169.254.0.0/16'],
  ['a private address', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'],
  ['a shared address of a carrier (CGNAT)', '100.64.0.0/10'],
  ['an unspecified address', '0.0.0.0/8'],
  ['a multicast address', '224.0.0.0/4'],
  ['the broadcast address', '255.255.255.255/32'],
  ['a reserved address', '192.0.0.0/24', '198.18.0.0/15', '240.0.0.0/4'],
])

/**
 * IPv6 addresses that embed an IPv4 address are refused for any embedded address, because no public service resolves
 * to them. NAT64's well-known prefix (RFC 6052) is the exception; see `innerIpv4`.
 */
const v6 = table('ipv6', [
  ['the metadata address of the cloud', 'fd00:ec2::254/128'],
  ['a loopback address', '::1/128'],
  ['an unspecified address', '::/128'],
  ['an IPv4 address in IPv6 form', '::/96', '::ffff:0:0/96', '::ffff:0:0:0/96'],
  ['a local NAT64 address', '64:ff9b:1::/48'],
  ['a tunnel address (6to4)', '2002::/16'],
  ['a tunnel address (Teredo)', '2001::/32'],
  ['a link-local address', 'fe80::/10'],
  ['a private address', 'fc00::/7', 'fec0::/10'],
  ['a multicast address', 'ff00::/8'],
  ['a reserved address', '2001::/23'],
])

/** The only IPv6 range from which IANA assigns global unicast addresses; everything else is reserved. */
const globalUnicast = table('ipv6', [['a global address', '2000::/3']])

/**
 * Why a check without `allow_private` may not probe this address, as a noun phrase ("a loopback address"); undefined
 * if it may. `address` must be an IP literal; anything else is refused.
 */
export function specialPurpose(address: string): string | undefined {
  switch (isIP(address)) {
    case 4:
      return v4(address)
    case 6: {
      // A zone (RFC 4007) is only meaningful on one link of this machine.
      const [bare, zone] = address.split('%', 2) as [string, string?]
      const inner = innerIpv4(bare)
      if (inner !== undefined) return v4(inner) && `a NAT64 form of ${inner}, ${v4(inner)}`
      if (zone !== undefined) return v6(bare) ?? 'an address of one link only'
      return v6(bare) ?? (globalUnicast(bare) ? undefined : 'a reserved address')
    }
    default:
      return 'not an IP address'
  }
}

/**
 * The refusal of an address as a sentence; undefined if it may be probed. `asked`: the check has `allow_private`, but
 * this voter does not honour it.
 */
export function refusal(address: string, asked = false): string | undefined {
  const what = specialPurpose(address)
  if (what === undefined) return undefined
  return asked
    ? `${address} is ${what}; only runners and local runs probe those`
    : `${address} is ${what}; a check may probe it only with "allow_private: true"`
}

/**
 * The IPv4 address behind NAT64's well-known prefix 64:ff9b::/96. In a network without IPv4, a DNS64 resolver
 * (RFC 6147) returns this form for every public IPv4 host, so the embedded address decides.
 */
function innerIpv4(address: string): string | undefined {
  const normal = new URL(`http://[${address}]/`).hostname.slice(1, -1)
  const groups = /^64:ff9b::(?:([0-9a-f]{1,4}):)?([0-9a-f]{1,4})?$/.exec(normal)
  if (groups === null) return undefined
  const [high, low] = [groups[1] ?? '0', groups[2] ?? '0'].map((group) => Number.parseInt(group, 16))
  return [high! >> 8, high! & 255, low! >> 8, low! & 255].join('.')
}

function table(family: 'ipv4' | 'ipv6', rows: readonly (readonly [string, ...string[]])[]) {
  const ranges = rows.map(([what, ...subnets]) => {
    const list = new BlockList()
    for (const subnet of subnets) {
      const [network, prefix] = subnet.split('/') as [string, string]
      list.addSubnet(network, Number(prefix), family)
    }
    return { what, list }
  })
  return (address: string) => ranges.find(({ list }) => list.check(address, family))?.what
}
