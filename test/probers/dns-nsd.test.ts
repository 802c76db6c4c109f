import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dns } from '../../shared/probers/dns/dns.ts'
import { dnsSchema } from '../../shared/probers/dns/schema.ts'
import { testContext } from '../fixtures/context.ts'
import { type Nsd, nsdMissing, startNsd } from '../fixtures/nsd.ts'

const keyDigest = 'ab'.repeat(32)
const longText = 'x'.repeat(200)

const zone = `
$ORIGIN nsd.test.
$TTL 60
@       SOA    NS1.nsd.test. john\\.doe.nsd.test. 2026010100 7200 3600 1209600 300
@       NS     ns1
@       NS     NS2
@       A      192.0.2.1
@       A      192.0.2.2
@       AAAA   2001:db8:0:0:0:0:0:1
@       MX     10 Mail
@       MX     20 backup.example.
@       TXT    "v=spf1 mx" " -all"
@       TXT    "token=AbC"
@       CAA    0 issue "ca.example.net"
@       NAPTR  100 10 "S" "SIP+D2U" "" _sip._udp
_sip._tcp SRV  10 5 5060 sip
_443._tcp TLSA 3 1 1 ${keyDigest}
child   NS     ns.child
child   DS     12345 13 2 ${keyDigest}
ns.child A     192.0.2.53
host    SSHFP  4 2 ${keyDigest}
www     CNAME  web
web     A      192.0.2.80
one     PTR    Host.nsd.test.
svc     HTTPS  1 . alpn=h2,h3 port=8443 ipv4hint=192.0.2.1
svc     SVCB   0 web
*.wild  A      192.0.2.90
a.b     A      192.0.2.91
dot\\.in A     192.0.2.92
${Array.from({ length: 20 }, (_, index) => `long TXT "${index} ${longText}"`).join('\n')}
ns1     A      127.0.0.1
ns2     A      127.0.0.1
`

// If the suite is skipped, its name says what it needs.
if (nsdMissing !== undefined) console.warn(`skipped: the prober against a real name server. ${nsdMissing}.`)

describe.skipIf(nsdMissing !== undefined)('against NSD, a name server of other people', () => {
  let nsd: Nsd
  beforeAll(async () => {
    nsd = await startNsd('nsd.test', zone)
  })
  afterAll(() => nsd.stop())

  const probe = (options: object) => {
    const target = dnsSchema.parse({ server: `127.0.0.1:${nsd.port}`, ...options })
    return dns.probe(target, testContext())
  }

  test.each<[string, string, string[]]>([
    ['nsd.test', 'A', ['192.0.2.1', '192.0.2.2']],
    ['NSD.Test', 'AAAA', ['2001:db8::1']],
    ['nsd.test', 'NS', ['ns1.nsd.test', 'ns2.nsd.test']],
    ['nsd.test', 'SOA', ['ns1.nsd.test john\\.doe.nsd.test 2026010100 7200 3600 1209600 300']],
    ['nsd.test', 'MX', ['20 backup.example', '10 mail.nsd.test']],
    ['nsd.test', 'TXT', ['token=AbC', 'v=spf1 mx -all']],
    ['nsd.test', 'SPF', ['v=spf1 mx -all']],
    ['nsd.test', 'CAA', ['0 issue "ca.example.net"']],
    ['nsd.test', 'NAPTR', ['100 10 "S" "SIP+D2U" "" _sip._udp.nsd.test']],
    ['_sip._tcp.nsd.test', 'SRV', ['10 5 5060 sip.nsd.test']],
    ['_443._tcp.nsd.test', 'TLSA', [`3 1 1 ${keyDigest}`]],
    ['child.nsd.test', 'DS', [`12345 13 2 ${keyDigest}`]],
    ['host.nsd.test', 'SSHFP', [`4 2 ${keyDigest}`]],
    ['www.nsd.test', 'CNAME', ['web.nsd.test']],
    ['www.nsd.test', 'A', ['192.0.2.80']],
    ['one.nsd.test', 'PTR', ['host.nsd.test']],
    ['svc.nsd.test', 'HTTPS', ['1 . alpn=h2,h3 port=8443 ipv4hint=192.0.2.1']],
    ['svc.nsd.test', 'SVCB', ['0 web.nsd.test']],
    ['any.wild.nsd.test', 'A', ['192.0.2.90']],
    ['long.nsd.test', 'TXT', Array.from({ length: 20 }, (_, index) => `${index} ${longText}`)],
  ])('%s %s', async (name, type, exact) => {
    for (const transport of ['udp', 'tcp']) {
      expect(await probe({ name, type, transport, expect: { exact } })).toMatchObject({ online: true })
    }
  })

  test.each([
    ['missing.nsd.test', 'A', 'missing.nsd.test does not exist (NXDOMAIN)'],
    ['dot.in.nsd.test', 'A', 'dot.in.nsd.test does not exist (NXDOMAIN)'],
    ['www.nsd.test', 'MX', 'www.nsd.test is an alias of web.nsd.test, which has no MX record'],
    ['b.nsd.test', 'A', 'b.nsd.test has no A record'],
    ['x.child.nsd.test', 'A', '<here> refers to the servers of child.nsd.test instead of answering'],
    ['other.test', 'A', '<here> answered REFUSED for other.test'],
  ])('%s %s is offline', async (name, type, detail) => {
    const expected = detail.replace('<here>', `127.0.0.1:${nsd.port}`)
    expect(await probe({ name, type })).toMatchObject({ online: false, reason: 'dns', detail: expected })
  })

  test('an answer of 4 KB does not fit our 1,232 bytes and comes over TCP', async () => {
    const finding = await probe({ name: 'long.nsd.test', type: 'TXT' })
    expect(finding).toMatchObject({ online: true, phases: { connect: expect.any(Number) } })
  })
})
