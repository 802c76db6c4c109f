import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createResolver, type ResolverOptions } from '../../shared/network/resolve.ts'
import { TargetError } from '../../shared/probers/prober.ts'
import { answering, type Behaviour, failing, silent, startDnsServer } from '../fixtures/dns-server.ts'

const a = (name: string, ...addresses: string[]) =>
  addresses.map((data) => ({ type: 'A' as const, name, ttl: 60, data }))
const aaaa = (name: string, ...addresses: string[]) =>
  addresses.map((data) => ({ type: 'AAAA' as const, name, ttl: 60, data }))

/** Answers A and AAAA queries apart. */
const dual =
  (v4: Behaviour, v6: Behaviour): Behaviour =>
  (asked) =>
    (asked.question.type === 'AAAA' ? v6 : v4)(asked)

const names: Readonly<Record<string, Behaviour>> = {
  'four.test': dual(answering(...a('four.test', '192.0.2.1', '192.0.2.2')), answering()),
  'six.test': dual(answering(), answering(...aaaa('six.test', '2001:db8::6'))),
  'both.test': dual(
    answering(...a('both.test', '192.0.2.3')),
    answering(...aaaa('both.test', '2001:db8::3')),
  ),
  'mail.test': answering(),
  'alias.test': answering(
    { type: 'CNAME', name: 'alias.test', ttl: 60, data: 'real.test' },
    ...a('real.test', '192.0.2.4'),
  ),
  'broken.test': failing('SERVFAIL'),
  'refused.test': failing('REFUSED'),
  'slow.test': silent,
}

async function resolverWith(options: ResolverOptions = {}) {
  const server = await startDnsServer(names)
  const resolver = createResolver({
    servers: [`127.0.0.1:${server.port}`],
    timeoutMs: 100,
    tries: 1,
    lookup: () => Promise.reject(new Error('not in /etc/hosts')),
    ...options,
  })
  onTestFinished(async () => {
    resolver.close()
    await server.close()
  })
  return { ...resolver, log: () => server.log }
}

const v4 = (address: string) => ({ address, family: 4 })
const v6 = (address: string) => ({ address, family: 6 })

describe('what can be answered without asking anybody', () => {
  test.each([
    ['192.0.2.9', undefined, v4('192.0.2.9')],
    ['2001:db8::9', undefined, v6('2001:db8::9')],
    ['localhost', undefined, v4('127.0.0.1')],
    ['localhost', 6, v6('::1')],
    ['Web.LOCALHOST.', 4, v4('127.0.0.1')],
  ] as const)('%s, IP version %o', async (host, ip, address) => {
    const { resolve, log } = await resolverWith()
    expect(await resolve(host, ip)).toEqual([address])
    expect(log()).toEqual([])
  })

  test.each([
    ['192.0.2.9', 6, '192.0.2.9 is not an IPv6 address'],
    ['::1', 4, '::1 is not an IPv4 address'],
    ['nothing.invalid', undefined, 'the name nothing.invalid does not exist'],
    ['0x7f.1', undefined, '0x7f.1 is neither a name nor an IP address in its usual form'],
    ['2130706433', undefined, '2130706433 is neither a name nor an IP address in its usual form'],
    ['127.1', undefined, '127.1 is neither a name nor an IP address in its usual form'],
    ['0177.0.0.01', undefined, '0177.0.0.01 is neither a name nor an IP address in its usual form'],
    ['127.0.0.0x1', undefined, '127.0.0.0x1 is neither a name nor an IP address in its usual form'],
    ['127.0.0.1.', undefined, '127.0.0.1 is neither a name nor an IP address in its usual form'],
  ] as const)('%s, IP version %o: %s', async (host, ip, message) => {
    const { resolve, log } = await resolverWith()
    await expect(resolve(host, ip)).rejects.toEqual(new TargetError('dns', message))
    expect(log()).toEqual([])
  })
})

describe('a name server is asked', () => {
  test.each([
    ['four.test', undefined, [v4('192.0.2.1'), v4('192.0.2.2')], ['A']],
    ['FOUR.test.', undefined, [v4('192.0.2.1'), v4('192.0.2.2')], ['A']],
    ['both.test', undefined, [v4('192.0.2.3')], ['A']],
    ['both.test', 6, [v6('2001:db8::3')], ['AAAA']],
    ['six.test', undefined, [v6('2001:db8::6')], ['A', 'AAAA']],
    ['alias.test', 4, [v4('192.0.2.4')], ['A']],
  ] as const)('for %s, IP version %o', async (host, ip, addresses, types) => {
    const { resolve, log } = await resolverWith()
    expect(await resolve(host, ip)).toEqual(addresses)
    expect(log().map((query) => query.split('/')[1])).toEqual(types)
  })

  test('once, however often and however simultaneously a name is needed', async () => {
    const { resolve, log } = await resolverWith()
    await Promise.all([resolve('four.test'), resolve('four.test'), resolve('Four.Test', 4)])
    await resolve('four.test')
    expect(log()).toEqual(['four.test/A/udp'])
  })

  test('once for a name that does not exist, too', async () => {
    const { resolve, log } = await resolverWith()
    await expect(resolve('none.test')).rejects.toThrow()
    await expect(resolve('none.test')).rejects.toThrow()
    expect(log()).toEqual(['none.test/A/udp'])
  })
})

describe('a name that leads nowhere is the target’s fault', () => {
  test.each([
    ['none.test', undefined, 'the name none.test does not exist'],
    ['four.test', 6, 'the name four.test has no IPv6 address'],
    ['six.test', 4, 'the name six.test has no IPv4 address'],
    ['mail.test', undefined, 'the name mail.test has no address'],
    ['a..test', undefined, 'a..test is not a valid name'],
  ] as const)('%s, IP version %o: %s', async (host, ip, message) => {
    const { resolve } = await resolverWith()
    await expect(resolve(host, ip)).rejects.toEqual(new TargetError('dns', message))
  })
})

describe('a resolver that does not do its work is our own fault', () => {
  test.each([
    ['broken.test', 'our resolver failed for broken.test (ESERVFAIL)'],
    ['refused.test', 'our resolver refused to answer for refused.test (EREFUSED)'],
    ['slow.test', 'our resolver did not answer for slow.test (ETIMEOUT)'],
  ])('%s: %s', async (host, message) => {
    const { resolve } = await resolverWith()
    const failure = await resolve(host).catch((error: unknown) => error)
    expect(failure).toEqual(new Error(message))
    expect(failure).not.toBeInstanceOf(TargetError)
  })

  test('nobody is there', async () => {
    const { resolve } = await resolverWith({ servers: ['127.0.0.1:1'] })
    await expect(resolve('four.test')).rejects.toEqual(
      new Error('our resolver cannot be reached for four.test (ECONNREFUSED)'),
    )
  })

  test('the tick is over', async () => {
    const { resolve, close } = await resolverWith({ timeoutMs: 5000 })
    const asking = resolve('slow.test')
    close()
    await expect(asking).rejects.toEqual(
      new Error('our resolver was stopped before it answered for slow.test (ECANCELLED)'),
    )
  })
})

test('a name of /etc/hosts is found when no name server knows it', async () => {
  const lookup = vi.fn(async () => ['192.0.2.77'])
  const { resolve } = await resolverWith({ lookup })
  expect(await resolve('printer.lan')).toEqual([v4('192.0.2.77')])
  expect(lookup).toHaveBeenCalledExactlyOnceWith('printer.lan', 4)
})
