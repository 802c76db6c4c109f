import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { TargetError } from '../../shared/network/fault.ts'
import { createResolver, type ResolverOptions } from '../../shared/network/resolve.ts'
import { answering, type Behaviour, failing, silent, startDnsServer } from '../fixtures/dns-server.ts'

const a = (name: string, ...addresses: string[]) =>
  addresses.map((data) => ({ type: 'A' as const, name, ttl: 60, data }))
const aaaa = (name: string, ...addresses: string[]) =>
  addresses.map((data) => ({ type: 'AAAA' as const, name, ttl: 60, data }))

/** Answers A and AAAA queries separately. */
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
  'web.wildcard.test': answering(...a('web.wildcard.test', '192.0.2.5')),
  'web.corp.wildcard.test': answering(...a('web.corp.wildcard.test', '192.0.2.5')),
}

async function resolverWith(options: ResolverOptions = {}) {
  const server = await startDnsServer(names)
  const resolver = createResolver({
    servers: [`127.0.0.1:${server.port}`],
    timeoutMs: 100,
    tries: 1,
    hostsFile: '/dev/null',
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

describe('a name that no name server knows', () => {
  const hosts = [
    '127.0.0.1\tlocalhost # not asked for here',
    '192.0.2.77  printer.lan printer',
    '# 192.0.2.66 mistake.lan',
    '2001:db8::77 Printer.LAN only-six.lan',
    '192.0.2.78 printer.lan\r',
    'four.test 192.0.2.99',
    '192.0.2.99 four.test',
    '',
  ].join('\n')

  async function resolverWithHosts(text = hosts) {
    const hostsFile = join(await mkdtemp(join(tmpdir(), 'hosts-')), 'hosts')
    onTestFinished(() => rm(dirname(hostsFile), { recursive: true }))
    await writeFile(hostsFile, text)
    return { ...(await resolverWith({ hostsFile })), hostsFile }
  }

  test.each([
    ['printer.lan', undefined, [v4('192.0.2.77'), v4('192.0.2.78')]],
    ['PRINTER.lan.', 6, [v6('2001:db8::77')]],
    ['printer', 4, [v4('192.0.2.77')]],
    ['only-six.lan', undefined, [v6('2001:db8::77')]],
    // The public answer of the name server is what the check must use.
    ['four.test', undefined, [v4('192.0.2.1'), v4('192.0.2.2')]],
  ] as const)('is looked for in the hosts file: %s, IP version %o', async (host, ip, addresses) => {
    const { resolve } = await resolverWithHosts()
    expect(await resolve(host, ip)).toEqual(addresses)
  })

  test.each([
    ['mistake.lan', undefined, 'the name mistake.lan does not exist'],
    ['lan', undefined, 'the name lan does not exist'],
    ['only-six.lan', 4, 'the name only-six.lan has no IPv4 address'],
  ] as const)('and may be missing there as well: %s, IP version %o', async (host, ip, message) => {
    const { resolve } = await resolverWithHosts()
    await expect(resolve(host, ip)).rejects.toEqual(new TargetError('dns', message))
  })

  test('does not exist where there is no such file', async () => {
    const { resolve, hostsFile } = await resolverWithHosts()
    await rm(hostsFile)
    await expect(resolve('printer.lan')).rejects.toThrow('the name printer.lan does not exist')
  })

  test('is never tried with a search domain behind it', async () => {
    // LOCALDOMAIN overrides the line "search" of resolv.conf(5).
    vi.stubEnv('LOCALDOMAIN', 'wildcard.test')
    onTestFinished(() => void vi.unstubAllEnvs())
    const { resolve, log } = await resolverWithHosts()
    for (const host of ['web', 'web.corp']) {
      await expect(resolve(host)).rejects.toThrow(`the name ${host} does not exist`)
    }
    expect(log()).toEqual(['web/A/udp', 'web.corp/A/udp'])
  })
})
