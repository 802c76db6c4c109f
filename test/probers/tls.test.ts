import { X509Certificate } from 'node:crypto'
import type { TlsOptions } from 'node:tls'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Authority, createRoot, type Identity } from '../../functions/dev/demo/certificates.ts'
import { TargetError } from '../../shared/network/fault.ts'
import type { Finding } from '../../shared/probers/prober.ts'
import { pathOf, rootsOf } from '../../shared/probers/tls/chain.ts'
import type { TlsTarget } from '../../shared/probers/tls/target.ts'
import { tls } from '../../shared/probers/tls/tls.ts'
import { testContext } from '../fixtures/context.ts'
import { selfSigned } from '../fixtures/self-signed.ts'
import { close, garbage, listen, refusingAddress, reset, silent } from '../fixtures/servers.ts'

const name = 'web.test'
const dayMs = 86_400_000
/** The date in this many days, as in the messages. */
const inDays = (days: number) => new Date(Date.now() + days * dayMs).toISOString().slice(0, 10)

let root: Authority
let intermediate: Authority
beforeAll(async () => {
  root = await createRoot('Test Root')
  intermediate = await root.authority('Test Intermediate')
})

/** A complete chain: the server's certificate and the intermediate one. */
const chained = ({ cert, key }: Identity, ...issuers: Authority[]): Identity => ({
  cert: [cert, ...issuers.map(({ pem }) => pem)].join(''),
  key,
})

const issue = async (validity = {}, names: readonly string[] = [name]) =>
  chained(await intermediate.issue(names, validity), intermediate)

/** Probes a server with this certificate, trusting the test's root; returns the finding or the error. */
async function probe(identity: TlsOptions, options: Partial<TlsTarget> = {}): Promise<Finding | unknown> {
  const { host, port } = await listen(silent, { tls: identity })
  const target: TlsTarget = {
    host,
    port,
    servername: name,
    days: 14,
    verify: true,
    minVersion: '1.2',
    ca: root.pem,
    ...options,
  }
  return tls.probe(target, testContext()).catch((error: unknown) => error)
}

const offline = (reason: string, detail: string) => expect.objectContaining({ online: false, reason, detail })

describe('a certificate that is all right', () => {
  test('is online, with its phases and the time it has left', async () => {
    expect(await probe(await issue({ untilDays: 61.5 }))).toEqual({
      online: true,
      phases: { connect: expect.any(Number), tls: expect.any(Number) },
      note: 'the certificate is valid for 61 days',
    })
  })

  test.each([
    ['for an IP address, without a server name', { servername: undefined }, ['127.0.0.1']],
    ['for a wildcard', { servername: 'a.web.test' }, ['*.web.test']],
    ['for a name with a final dot', { servername: 'web.test.' }, ['web.test']],
    ['from the issuer that is asked for', { issuer: 'Intermediate' }, ['web.test']],
    ['on the version that is asked for', { minVersion: '1.3' }, ['web.test']],
  ] as const)('%s', async (_, options, names) => {
    const { servername, ...rest } = { servername: name, ...options }
    const identity = await issue({}, names)
    const { host, port } = await listen(silent, { tls: identity })
    const target: TlsTarget = {
      host,
      port,
      days: 14,
      verify: true,
      minVersion: '1.2',
      ca: root.pem,
      ...rest,
      ...(servername !== undefined && { servername }),
    }
    expect(await tls.probe(target, testContext())).toMatchObject({ online: true })
  })
})

describe('dates', () => {
  test.each([-3.5, -30.5])('a certificate that ran out %d days ago is expired', async (untilDays) => {
    const identity = await issue({ fromDays: -90, untilDays })
    const days = Math.floor(-untilDays)
    expect(await probe(identity)).toEqual(
      offline('expired', `the certificate of web.test expired ${days} days ago (${inDays(untilDays)})`),
    )
  })

  test.each([
    [-1.5, '1 day'],
    [-2.5 / 24, '2 hours'],
    [-1.5 / 24, '1 hour'],
    [-10.5 / 1440, '10 minutes'],
  ])('%d days ago is said in the right unit', async (untilDays, span) => {
    expect(await probe(await issue({ fromDays: -90, untilDays }))).toEqual(
      offline('expired', `the certificate of web.test expired ${span} ago (${inDays(untilDays)})`),
    )
  })

  test('an expired certificate is expired whatever else is wrong, and without verification as well', async () => {
    const validity = { fromDays: -9, untilDays: -1.5 }
    const detail = (host: string) => `the certificate of ${host} expired 1 day ago (${inDays(-1.5)})`
    const foreign = await selfSigned(['other.test'], validity)
    expect(await probe(foreign)).toEqual(offline('expired', detail(name)))
    expect(await probe(foreign, { verify: false })).toEqual(offline('expired', detail(name)))
  })

  test('a certificate whose time has not come is not expired', async () => {
    expect(await probe(await issue({ fromDays: 2, untilDays: 90 }))).toEqual(
      offline('tls', `the certificate of web.test is not valid before ${inDays(2)}`),
    )
  })

  test('a certificate that ends too soon', async () => {
    const identity = await issue({ untilDays: 9.5 })
    const soon = offline(
      'assertion',
      `the certificate of web.test expires in 9 days (${inDays(9.5)}), sooner than 14 days`,
    )
    expect(await probe(identity)).toEqual(soon)
    expect(await probe(identity, { verify: false })).toEqual(soon)
    expect(await probe(identity, { days: 9 })).toMatchObject({ online: true })
    expect(await probe(identity, { days: 0 })).toMatchObject({ online: true })
  })

  test('an intermediate certificate that ends too soon', async () => {
    const brief = await root.authority('Brief CA', { untilDays: 5.5 })
    const identity = chained(await brief.issue([name]), brief)
    expect(await probe(identity)).toEqual(
      offline(
        'assertion',
        `the issuer "Brief CA" of web.test's certificate expires in 5 days (${inDays(5.5)}), sooner than 14 days`,
      ),
    )
    expect(await probe(identity, { verify: false })).toMatchObject({ online: true })
  })

  test('a root that ends too soon', async () => {
    const brief = await createRoot('Brief Root', { untilDays: 5.5 })
    expect(await probe(await brief.issue([name]), { ca: brief.pem })).toEqual(
      offline(
        'assertion',
        `the issuer "Brief Root" of web.test's certificate expires in 5 days (${inDays(5.5)}), sooner than 14 days`,
      ),
    )
  })

  test('an intermediate certificate that has ended', async () => {
    const dead = await root.authority('Dead CA', { fromDays: -9, untilDays: -2.5 })
    expect(await probe(chained(await dead.issue([name]), dead))).toEqual(
      offline(
        'expired',
        `the issuer "Dead CA" of web.test's certificate expired 2 days ago (${inDays(-2.5)})`,
      ),
    )
  })

  test('an expired certificate that is sent but not needed does not count', async () => {
    const old = await createRoot('Old Root', { fromDays: -90, untilDays: -1 })
    const identity = await intermediate.issue([name])
    expect(await probe(chained(identity, intermediate, old))).toMatchObject({ online: true })
  })
})

describe('the chain', () => {
  test('a self-signed certificate', async () => {
    expect(await probe(await selfSigned([name]))).toEqual(
      offline('tls', 'the certificate of web.test is self-signed'),
    )
  })

  test('a self-signed certificate that the check trusts', async () => {
    const own = await selfSigned([name])
    expect(await probe(own, { ca: own.cert })).toMatchObject({ online: true })
  })

  test('a chain without its intermediate certificate', async () => {
    expect(await probe(await intermediate.issue([name]))).toEqual(
      offline(
        'tls',
        'web.test sends no chain, only a certificate issued by "Test Intermediate", which is not trusted',
      ),
    )
  })

  test('a chain whose root is unknown', async () => {
    const other = await createRoot('Other Root')
    expect(await probe(await issue(), { ca: other.pem })).toEqual(
      offline('tls', 'the chain of web.test ends below "Test Root", which is not trusted'),
    )
    expect(
      await probe(chained(await intermediate.issue([name]), intermediate, root), { ca: other.pem }),
    ).toEqual(offline('tls', 'the chain of web.test ends in "Test Root", which is not trusted'))
  })

  test('the public roots do not know a private one', async () => {
    const { host, port } = await listen(silent, { tls: await issue() })
    const target: TlsTarget = { host, port, servername: name, days: 14, verify: true, minVersion: '1.2' }
    expect(await tls.probe(target, testContext())).toEqual(
      offline('tls', 'the chain of web.test ends below "Test Root", which is not trusted'),
    )
  })

  test('a chain in the wrong order is one all the same', async () => {
    const identity = await intermediate.issue([name])
    expect(await probe(chained(identity, root, intermediate))).toMatchObject({ online: true })
  })

  test('a certificate for another host', async () => {
    expect(await probe(await issue({}, ['other.test']))).toEqual(
      offline('tls', 'the certificate is for "other.test", not for web.test'),
    )
    expect(await probe(await issue({}, ['a.test', 'b.test', '127.0.0.1']))).toEqual(
      offline('tls', 'the certificate is for "a.test" and 2 more, not for web.test'),
    )
  })

  test('none of it matters without verification', async () => {
    expect(await probe(await selfSigned(['other.test']), { verify: false })).toMatchObject({ online: true })
  })

  test('another issuer than the one asked for', async () => {
    expect(await probe(await issue(), { issuer: "Let's Encrypt" })).toEqual(
      offline(
        'assertion',
        `the certificate of web.test is issued by "Test Intermediate", not "Let's Encrypt"`,
      ),
    )
  })
})

test('a server that knows no newer version', async () => {
  const identity = { ...(await issue()), maxVersion: 'TLSv1.2' } as const
  expect(await probe(identity, { minVersion: '1.3' })).toEqual(
    offline('assertion', 'web.test speaks TLS 1.2 at best, expected 1.3'),
  )
  expect(await probe(identity)).toMatchObject({ online: true })
})

test.each([
  ['web.test', 'web.test'],
  ['web.test.', 'web.test'],
  ['127.0.0.1', undefined],
])('for %s the server is asked for %o', async (servername, expected) => {
  let asked: string | undefined
  const identity = await issue({}, ['web.test', '127.0.0.1'])
  const SNICallback: TlsOptions['SNICallback'] = (name, done) => {
    asked = name
    done(null)
  }
  expect(await probe({ ...identity, SNICallback }, { servername })).toMatchObject({ online: true })
  expect(asked).toBe(expected)
})

describe('a server that does not get to showing a certificate', () => {
  const target = (host: string, port: number): TlsTarget => ({
    host,
    port,
    days: 14,
    verify: true,
    minVersion: '1.2',
  })

  test('refuses', async () => {
    const { host, port } = await refusingAddress()
    await expect(tls.probe(target(host, port), testContext())).rejects.toEqual(
      new TargetError('refused', `${host}:${port} refused the connection`),
    )
  })

  test.each([
    ['resets', reset, 'reset', 'reset the connection'],
    ['closes', close, 'tls', 'closed the connection during the TLS handshake'],
    ['sends garbage', garbage, 'tls', 'does not speak TLS'],
  ] as const)('%s', async (_, behave, reason, sentence) => {
    const { host, port, address } = await listen(behave)
    await expect(tls.probe(target(host, port), testContext())).rejects.toEqual(
      new TargetError(reason, `${address} ${sentence}`),
    )
  })

  test('shares no version with us', async () => {
    const old: TlsOptions = {
      ...(await issue()),
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    }
    const failure = await probe(old)
    expect(failure).toBeInstanceOf(TargetError)
    expect(failure).toMatchObject({ reason: 'tls' })
    expect((failure as Error).message).toMatch(
      /^the TLS handshake with 127\.0\.0\.1:\d+ failed: tlsv1 alert protocol version$/,
    )
  })
})

test('the path ends at the first trusted issuer, although the server sent an older one beyond it', async () => {
  const oldRoot = await createRoot('Old Root', { fromDays: -90, untilDays: -1 })
  const leaf = await intermediate.issue([name])
  const sent = [leaf.cert, intermediate.pem, root.pem, oldRoot.pem].map((pem) => new X509Certificate(pem))
  const trusting = (ca: string) => pathOf(sent, rootsOf(ca)).map(({ subject }) => subject)
  expect(trusting(root.pem + oldRoot.pem)).toEqual(['CN=web.test', 'CN=Test Intermediate', 'CN=Test Root'])
  expect(trusting(intermediate.pem)).toEqual(['CN=web.test', 'CN=Test Intermediate'])
  expect(pathOf([], rootsOf(root.pem))).toEqual([])
})
