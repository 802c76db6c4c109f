import { expect, test } from 'vitest'
import { parseConfig } from '../../shared/config/parse.ts'
import { formatDiagnostic } from '../../shared/config/yaml/diagnostic.ts'

const four = 'regions: [us-east-1, eu-west-1, eu-north-1, ap-south-1]'
const three = 'regions: [us-east-1, eu-west-1, eu-north-1]'
const two = 'regions: [us-east-1, eu-west-1]'
const contacts =
  'contacts: { ops: { email: ops@example.com }, hook: { webhook: https://hooks.example.com/ } }'

/** One valid check with these options; in the third line if one line is above it. */
function check(options: string, name = 'web'): string {
  return `  - { name: ${name}, tcp: { address: 'a.example:80' }, ${options} }`
}

function file(...lines: string[]): string {
  return lines.join('\n')
}

test.each<[title: string, text: string, warnings: string[]]>([
  ['nothing of two of three', file(three, 'checks:', check('confirmations: 2')), []],
  ['nothing of one voter', file('regions: eu-west-1', 'checks:', check('')), []],
  [
    'half of the voters',
    file(four, 'checks:', check('confirmations: 2')),
    [
      'u.yaml:3:67 checks[0].confirmations: is 2 of 4 voters: "offline" and "online" can both have enough votes, and the worse wins',
    ],
  ],
  [
    'every voter',
    file(three, 'checks:', check('confirmations: 3')),
    ['u.yaml:3:67 checks[0].confirmations: is 3 of 3 voters: one silent voter blinds the check'],
  ],
  [
    'inherited confirmations once for all checks',
    file(
      'defaults: { confirmations: 2 }',
      two,
      'checks:',
      check(''),
      check('', 'web2'),
      check('confirmations: 1, enabled: false', 'off'),
    ),
    ['u.yaml:1:28 defaults.confirmations: is 2 of 2 voters for 2 checks: one silent voter blinds the check'],
  ],
  [
    'confirmations that nobody wrote',
    file(four, 'checks:', check('')),
    [
      'u.yaml:1:1 defaults.confirmations: is 2 of 4 voters for 1 check, when left out: "offline" and "online" can both have enough votes, and the worse wins',
    ],
  ],
  [
    'a contact that nobody uses, but not of the operators',
    file(three, contacts, 'operators: ops', 'checks:', check('')),
    ['u.yaml:2:46 contacts.hook: is used by no check and is not the operators'],
  ],
  [
    'voters that nobody asks',
    file(three, 'runners: { lab-1: { region: us-east-1 } }', 'checks:', check('from: us-east-1')),
    [
      'u.yaml:1:22 regions[1]: votes on no check',
      'u.yaml:1:33 regions[2]: votes on no check',
      'u.yaml:2:12 runners.lab-1: votes on no check',
    ],
  ],
  [
    'a region that AWS may have by now',
    file('regions: [us-east-1, eu-wst-1, xx-nowhere-9]', 'checks:', check('')),
    [
      'u.yaml:1:22 regions[1]: unknown region; did you mean eu-west-1?',
      'u.yaml:1:32 regions[2]: unknown region',
    ],
  ],
  [
    'homes, each of which alerts',
    file(three, 'homes: [us-east-1, eu-west-1]', 'checks:', check('')),
    [
      'u.yaml:2:8 homes: has 2 regions, and each decides and alerts by itself: contacts get every alert 2 times, and after a deployment one home may be blind for a few minutes',
    ],
  ],
  ['nothing of one home', file(three, 'homes: eu-west-1', 'checks:', check('')), []],
  [
    'names that differ only in case',
    file(three, 'checks:', check('', 'web'), check('', 'Web')),
    ['u.yaml:4:13 checks[1].name: differs only in case from the name of another check, in line 3'],
  ],
  [
    'private targets where regions vote, once',
    file(
      three,
      'checks:',
      check('allow_private: true'),
      check('allow_private: true', 'two'),
      check('allow_private: false', 'three'),
    ),
    [
      'u.yaml:3:67 checks[0].allow_private: is true although regions vote on this check (and on 1 more): Lambda voters refuse private targets anyway, only local runs and runners honour it',
    ],
  ],
  [
    'nothing of private targets where runners vote',
    file('runners: { lab-1: { region: us-east-1 } }', 'checks:', check('allow_private: true')),
    [],
  ],
  [
    'targets that no voter will probe, whatever their form, but not of names',
    file(
      three,
      'runners: { lab-1: { region: us-east-1 } }',
      'checks:',
      '  - { name: one, tcp: { address: "10.0.0.5:22" } }',
      '  - { name: two, http: { url: "http://[::ffff:169.254.169.254]/latest" } }',
      '  - { name: three, dns: { name: example.com, type: A, server: [192.0.2.53, localhost] } }',
      '  - { name: four, tls: { address: "10.0.0.5:443" }, allow_private: true, from: lab-1, confirmations: 1 }',
      '  - { name: five, tls: { address: "internal.example.com:443" } }',
      '  - { name: idle, tls: { address: "10.0.0.5:443" }, enabled: false }',
      '  - { name: six, http: { url: "http://nowhere.invalid/" } }',
    ),
    [
      'u.yaml:4:23 checks[0].tcp: will be refused: 10.0.0.5 is a private address; a check may probe it only with "allow_private: true"',
      'u.yaml:5:24 checks[1].http: will be refused: ::ffff:a9fe:a9fe is an IPv4 address in IPv6 form; a check may probe it only with "allow_private: true"',
      'u.yaml:6:25 checks[2].dns: will be refused: 127.0.0.1 is a loopback address; a check may probe it only with "allow_private: true"',
    ],
  ],
  [
    'webhooks to this machine',
    file(
      three,
      'contacts: { hook: { webhook: [https://hooks.example.com/, http://localhost:8080/] } }',
      'checks:',
      check('alerts: [hook]'),
    ),
    [
      'u.yaml:2:59 contacts.hook.webhook[1]: is on this machine, so a deployment refuses it: SNS delivers to https:// addresses',
    ],
  ],
  [
    'secrets of the environment where regions vote',
    file(
      three,
      'runners: { lab-1: { region: us-east-1 } }',
      'checks:',
      '  - { name: one, http: { url: https://a.example/, headers: { Cookie: env:ONE, Accept: ssm:/two } } }',
      '  - { name: idle, http: { url: https://a.example/, bearer: env:IDLE }, enabled: false }',
      '  - { name: lab, http: { url: https://a.example/, bearer: env:LAB }, from: lab-1, confirmations: 1 }',
    ),
    [
      'u.yaml:4:70 checks[0].http.headers.Cookie: is env:ONE, which local runs and runners can read, so a deployment refuses it: a Lambda reads ssm: or secretsmanager:',
    ],
  ],
  [
    'secrets in clear, but not of references',
    file(
      three,
      'checks:',
      '  - name: one',
      '    http: { url: https://a.example/, headers: { Authorization: Basic abc, X-Api-Key: ssm:/key } }',
      '  - name: two',
      '    http: { url: https://a.example/, username: me, password: secret }',
      '  - name: three',
      '    http: { url: https://a.example/, bearer: ssm:/token }',
    ),
    [
      'u.yaml:4:64 checks[0].http.headers.Authorization: is a secret in clear; write a reference: env:NAME, ssm:/path/of/parameter or secretsmanager:name#key',
      'u.yaml:6:62 checks[1].http.password: is a secret in clear; write a reference: env:NAME, ssm:/path/of/parameter or secretsmanager:name#key',
    ],
  ],
])('a file is warned of %s', (_title, text, warnings) => {
  const parsed = parseConfig(text, 'u.yaml')
  expect(parsed.errors.map(formatDiagnostic)).toEqual([])
  expect(parsed.warnings.map(formatDiagnostic)).toEqual(warnings)
  expect(parsed.config).toBeDefined()
})

test('a secret in clear is not repeated in any message', () => {
  const text = file(
    three,
    'checks:',
    '  - { name: a, http: { url: 5, password: hunter2, username: 7, bearer: [hunter2] } }',
  )
  const { errors, warnings } = parseConfig(text, 'u.yaml')
  expect(errors.length).toBeGreaterThan(0)
  expect(JSON.stringify([...errors, ...warnings])).not.toContain('hunter2')
})

test('contacts are not called unused while a check that may use them is wrong', () => {
  const { warnings } = parseConfig(
    file(three, contacts, 'checks:', check('slow: never, alerts: [ops, hook]')),
    'u.yaml',
  )
  expect(warnings).toEqual([])
})
