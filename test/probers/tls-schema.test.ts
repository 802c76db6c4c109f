import { expect, test } from 'vitest'
import { createRoot } from '../../functions/dev/demo/certificates.ts'
import { tlsSchema } from '../../shared/probers/tls/schema.ts'

const defaults = { host: 'example.com', port: 443, days: 14, verify: true, minVersion: '1.2' }

test.each([
  [{ address: 'example.com' }, {}],
  [{ address: 'Example.com:8443' }, { port: 8443 }],
  [{ address: '[2001:db8::1]:443' }, { host: '2001:db8::1' }],
  [{ address: '2001:db8::1' }, { host: '2001:db8::1' }],
  [
    { address: 'example.com', days: 30, verify: false, ip: 6 },
    { days: 30, verify: false, ip: 6 },
  ],
  [{ address: 'example.com', days: 0.5 }, { days: 0.5 }],
  [{ address: 'example.com', min_version: '1.3' }, { minVersion: '1.3' }],
  [{ address: 'example.com', servername: 'WWW.example.com' }, { servername: 'www.example.com' }],
  [{ address: 'example.com', issuer: "Let's Encrypt" }, { issuer: "Let's Encrypt" }],
])('%o is read', (options, target) => {
  expect(tlsSchema.parse(options)).toEqual({ ...defaults, ...target })
})

test('several trusted roots may stand in one text', async () => {
  const [one, other] = await Promise.all([createRoot('One'), createRoot('Other')])
  const ca = `${one.pem}\n${other.pem}`
  expect(tlsSchema.parse({ address: 'example.com', ca })).toEqual({ ...defaults, ca })
})

test.each([
  [
    { address: 'example.com', ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' },
    'custom',
    'ca',
  ],
  [{ address: 'example.com', days: -1 }, 'too_small', 'days'],
  [{ address: 'example.com', days: '14' }, 'invalid_type', 'days'],
  [{ address: 'example.com', min_version: '1.1' }, 'invalid_value', 'min_version'],
  [{ address: 'example.com', issuer: '' }, 'too_small', 'issuer'],
  [{ address: 'https://example.com' }, 'custom', 'address'],
  [{}, 'invalid_type', 'address'],
])('%o is refused', (options, code, key) => {
  expect(tlsSchema.safeParse(options).error!.issues).toMatchObject([{ code, path: [key] }])
})
