import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseConfig } from '../../shared/config/parse.ts'
import { starterConfiguration } from '../../shared/config/starter.ts'
import { formatDiagnostic } from '../../shared/config/yaml/diagnostic.ts'

/** The placeholders found in a file whose operators are this contact. */
function placeholdersOf(contact: string): readonly string[] {
  const parsed = parseConfig(
    `contacts: { ops: { ${contact} } }\noperators: ops\nregions: [eu-west-1]\nchecks: [{ name: web, tls: { address: a.example } }]`,
    'u.yaml',
  )
  expect([...parsed.errors, ...parsed.warnings].map(formatDiagnostic)).toEqual([])
  return parsed.placeholders
    .map(formatDiagnostic)
    .map((text) => text.replace(/^u\.yaml:1:\d+ contacts\.ops\./, ''))
}

test.each([
  [
    'email: ops@example.com',
    'email: is ops@example.com, a placeholder: write an address that somebody reads',
  ],
  ['sms: "+15550100"', 'sms: is +15550100, a placeholder: write a number that somebody reads'],
  ['sms: "+12125550199"', 'sms: is +12125550199, a placeholder: write a number that somebody reads'],
  [
    'webhook: "https://Hooks.Example.org:8443/x?token=1"',
    'webhook: leads to hooks.example.org, a placeholder: write an address where something listens',
  ],
  [
    'email: [me@real.dev, ops@EXAMPLE.net]',
    'email[1]: is ops@EXAMPLE.net, a placeholder: write an address that somebody reads',
  ],
  [
    'email: a@mail.shop.test',
    'email: is a@mail.shop.test, a placeholder: write an address that somebody reads',
  ],
  ['email: a@shop.example', 'email: is a@shop.example, a placeholder: write an address that somebody reads'],
  ['email: a@no.invalid', 'email: is a@no.invalid, a placeholder: write an address that somebody reads'],
])('nobody hears at { %s }', (contact, message) => {
  expect(placeholdersOf(contact)).toEqual([message])
})

test.each([
  'email: ops@myexample.com',
  'email: ops@example.com.au',
  'email: example.com@real.dev',
  'email: a@example.dev',
  'sms: "+12125551234"',
  'sms: "+445550100"',
  'webhook: https://contest/example.com?to=a.test',
])('somebody may hear at { %s }', (contact) => {
  expect(placeholdersOf(contact)).toEqual([])
})

test('contacts that nobody tells anything may wait for their addresses', () => {
  const { placeholders } = parseConfig(
    `contacts: { ops: { email: ops@example.com }, hook: { webhook: https://hooks.example.com/ } }
regions: [eu-west-1]
checks: [{ name: web, tls: { address: a.example }, alerts: [hook] }]`,
    'u.yaml',
  )
  expect(placeholders.map(({ path }) => path)).toEqual(['contacts.hook.webhook'])
})

test('the first file and the example have some, of which nobody is warned before a deployment', () => {
  const files = [starterConfiguration('https://example.com/'), readFileSync('examples/upquorum.yaml', 'utf8')]
  for (const text of files) {
    const { warnings, placeholders } = parseConfig(text, 'u.yaml')
    expect(warnings).toEqual([])
    expect(placeholders.map(({ path }) => path)).toContainEqual(
      expect.stringMatching(/^contacts\.ops\.email/),
    )
  }
})
