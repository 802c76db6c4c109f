import { expect, test } from 'vitest'
import type { Address, IpVersion } from '../../shared/network/address.ts'
import { probeWithIpv6Fallback } from '../../shared/network/ipv6-fallback.ts'
import { manualClock } from '../fixtures/clock.ts'

const four: Address = { address: '192.0.2.1', family: 4 }
const six: Address = { address: '2001:db8::1', family: 6 }
const failure = (code: string) => Object.assign(new Error(code), { code })

/** A resolver with these addresses, and a voter without these IP versions. */
function world(known: readonly Address[], failing: Readonly<Partial<Record<IpVersion, string>>>) {
  const clock = manualClock(0)
  const probed: string[] = []
  const resolve = async (_host: string, ip?: IpVersion) => {
    clock.advance(7)
    const found = known.filter(({ family }) => family === (ip ?? known[0]!.family))
    if (found.length === 0) throw failure('no address')
    return found
  }
  const probe = async ({ address, family }: Address) => {
    probed.push(address)
    if (failing[family] !== undefined) throw failure(failing[family])
    return 'found'
  }
  return {
    probed,
    go: (host: string, ip?: IpVersion) =>
      probeWithIpv6Fallback({ host, ...(ip !== undefined && { ip }) }, { clock, resolve }, probe),
  }
}

test('the first address is probed; the look-up of a name takes time', async () => {
  const { go, probed } = world([four, six], {})
  expect(await go('web.example')).toEqual({ found: 'found', to: four, phases: { dns: 7 } })
  expect(probed).toEqual(['192.0.2.1'])
})

test('an address needs no look-up', async () => {
  expect((await world([four], {}).go('192.0.2.1')).phases).toEqual({})
})

test.each(['ENETUNREACH', 'EADDRNOTAVAIL', 'EAFNOSUPPORT'])(
  'a voter without IPv4 (%s) goes on with IPv6',
  async (code) => {
    const { go, probed } = world([four, six], { 4: code })
    expect(await go('web.example')).toMatchObject({ found: 'found', to: six })
    expect(probed).toEqual(['192.0.2.1', '2001:db8::1'])
  },
)

test.each<[string, readonly Address[], Readonly<Partial<Record<IpVersion, string>>>, string, IpVersion?]>([
  ['another failure of ours', [four, six], { 4: 'EPERM' }, 'web.example'],
  ['a check that insists on IPv4', [four, six], { 4: 'ENETUNREACH' }, 'web.example', 4],
  ['a name without IPv6', [four], { 4: 'ENETUNREACH' }, 'web.example'],
  ['an address', [four], { 4: 'ENETUNREACH' }, '192.0.2.1'],
  ['a voter without IPv6 either', [six], { 6: 'ENETUNREACH' }, 'web.example'],
])('%s stays a failure', async (_, known, failing, host, ip) => {
  const { go } = world(known, failing)
  await expect(go(host, ip)).rejects.toThrow(Object.values(failing)[0])
})
