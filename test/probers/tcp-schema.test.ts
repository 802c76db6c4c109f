import { describe, expect, test } from 'vitest'
import { createRoot } from '../../functions/dev/demo/certificates.ts'
import { tcpSchema } from '../../shared/probers/tcp/schema.ts'

const parse = (options: object) => tcpSchema.parse({ address: 'db.example.com:5432', ...options })

/** The first complaint, as `path: message`. */
function complaint(options: object): string {
  const { error } = tcpSchema.safeParse({ address: 'db.example.com:5432', ...options })
  const issue = error!.issues[0]!
  const inner =
    issue.code === 'invalid_union' ? issue.errors.flat().find(({ code }) => code === 'custom') : issue
  return `${[...issue.path, ...(inner === issue ? [] : inner!.path)].join('.')}: ${inner!.message}`
}

test.each([
  [{}, {}],
  [{ ip: 4 }, { ip: 4 }],
  [{ send: 'PING' }, { send: { form: 'line', text: 'PING' } }],
  [{ send: 'ssm:/redis/auth' }, { send: { form: 'line', text: 'ssm:/redis/auth' } }],
  [{ send: { raw: 'a' } }, { send: { form: 'raw', text: 'a' } }],
  [{ send: { hex: '00 FF' } }, { send: { form: 'hex', text: '00ff' } }],
  [{ expect: 'PONG' }, { expect: { form: 'contains', text: 'PONG' } }],
  [{ expect: 220 }, { expect: { form: 'contains', text: '220' } }],
  [{ expect: { contains: 'x' } }, { expect: { form: 'contains', text: 'x' } }],
  [{ expect: { regex: '^220' } }, { expect: { form: 'regex', text: '^220' } }],
  [{ expect: { hex: '0D0A' } }, { expect: { form: 'hex', text: '0d0a' } }],
  [{ tls: true }, { tls: { verify: true } }],
  [{ tls: false }, {}],
  [{ tls: { verify: false } }, { tls: { verify: false } }],
  [{ tls: { servername: 'Mail.Example.com' } }, { tls: { verify: true, servername: 'mail.example.com' } }],
])('%o is read', (options, target) => {
  expect(parse(options)).toEqual({ host: 'db.example.com', port: 5432, ...target })
})

test('a private root is taken as it is', async () => {
  const { pem } = await createRoot('Root')
  expect(parse({ tls: { ca: pem } }).tls).toEqual({ verify: true, ca: pem })
})

describe('what is wrong is said', () => {
  test.each([
    [
      { address: 'db.example.com' },
      'address: is not an address with a port; write example.com:443, 192.0.2.1:443 or [2001:db8::1]:443',
    ],
    [
      { send: { hex: '0' } },
      'send.hex: is not a list of bytes; write two hexadecimal digits for each, at most 2048 of them, such as "0d 0a"',
    ],
    [{ send: { raw: 'a', hex: '00' } }, 'send: needs exactly one of raw, hex'],
    [{ send: {} }, 'send: needs exactly one of raw, hex'],
    [{ expect: {} }, 'expect: needs exactly one of contains, regex, hex'],
    [{ expect: { regex: '(' } }, 'expect.regex: is not a regular expression: Unterminated group'],
    [
      { tls: { ca: 'x' } },
      'tls.ca: is not a certificate; write one or several in PEM, from -----BEGIN CERTIFICATE----- on',
    ],
    [
      { tls: { servername: 'a b' } },
      'tls.servername: is not a host; write a name such as example.com or an IP address',
    ],
  ])('%o', (options, message) => {
    expect(complaint(options)).toBe(message)
  })
})
