import type { Answer } from 'dns-packet'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dns } from '../../shared/probers/dns/dns.ts'
import { dnsSchema } from '../../shared/probers/dns/schema.ts'
import { testContext } from '../fixtures/context.ts'
import {
  answering,
  type Behaviour,
  type DnsServer,
  failing,
  silent,
  startDnsServer,
} from '../fixtures/dns-server.ts'

const a = (data: string): Answer => ({ type: 'A', name: 'x.test', data })
const behaviours = {
  good: answering(a('192.0.2.1')),
  slow: (asked) => void setTimeout(() => answering(a('192.0.2.1'))(asked), 40),
  stale: answering(a('192.0.2.9')),
  broken: failing('SERVFAIL'),
  silent,
} satisfies Record<string, Behaviour>
type Name = keyof typeof behaviours

const servers = {} as Record<Name, DnsServer>
beforeAll(async () => {
  for (const name of Object.keys(behaviours) as Name[]) {
    servers[name] = await startDnsServer({ 'x.test': behaviours[name] })
  }
})
afterAll(() => Promise.all(Object.values(servers).map((server) => server.close())))

const place = (name: Name) => `127.0.0.1:${servers[name].port}`
const probe = (names: readonly Name[], require: string, timeoutMs = 5000) => {
  const server = names.map(place)
  const target = dnsSchema.parse({ name: 'x.test', server, require, expect: { exact: '192.0.2.1' } })
  return dns.probe(target, testContext({ timeoutMs }))
}

test.each<[string, Name[]]>([
  ['all', ['good', 'slow']],
  ['any', ['stale', 'good']],
  ['any', ['silent', 'slow', 'broken']],
])('%s of %j is online', async (require, names) => {
  expect(await probe(names, require)).toMatchObject({ online: true })
})

test('the slowest of all servers is the one whose time counts', async () => {
  const finding = await probe(['good', 'slow', 'good'], 'all')
  expect(finding.phases?.firstByte).toBeGreaterThan(35)
})

test.each<[string, Name[], string, string]>([
  ['all', ['good', 'stale'], 'assertion', '<stale>: x.test A is 192.0.2.9; expected exactly 192.0.2.1'],
  ['all', ['silent', 'broken'], 'dns', '<broken> answered SERVFAIL for x.test'],
  ['any', ['broken', 'stale'], 'dns', '<broken> answered SERVFAIL for x.test'],
])('%s of %j is offline and says which server', async (require, names, reason, detail) => {
  const finding = await probe(names, require)
  const expected = detail.replace(/<(\w+)>/, (_, name: Name) => place(name))
  expect(finding).toMatchObject({ online: false, reason, detail: expected })
})

test.each(['all', 'any'])(
  'with %s required, a silent server is named when the time is over',
  async (require) => {
    const names: Name[] = require === 'all' ? ['good', 'silent'] : ['silent', 'silent']
    expect(await probe(names, require, 300)).toMatchObject({
      reason: 'timeout',
      detail: `${place('silent')} did not answer`,
    })
  },
)

test('a server we cannot ask decides nothing against the others, and nothing for them', async () => {
  const unknown = ['192.0.2.1:1']
  const context = testContext({
    localAddress: ({ address }) => (address === '192.0.2.1' ? '192.0.2.77' : undefined),
  })
  const run = (names: Name[], require: string) => {
    const server = [...names.map(place), ...unknown]
    return dns.probe(dnsSchema.parse({ name: 'x.test', server, require }), context)
  }
  expect(await run(['broken'], 'all')).toMatchObject({ online: false, reason: 'dns' })
  expect(await run(['good'], 'any')).toMatchObject({ online: true })
  await expect(run(['good'], 'all')).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' })
  await expect(run(['broken'], 'any')).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' })
})

test('the look-ups still under way are given up as soon as one server has decided', async () => {
  const sockets = () => process.getActiveResourcesInfo().filter((name) => name === 'UDPWrap').length
  const before = sockets()
  await probe(['silent', 'good'], 'any')
  await expect.poll(sockets).toBeLessThanOrEqual(before)
})
