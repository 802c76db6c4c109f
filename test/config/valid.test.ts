import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Config } from '../../shared/config/config.ts'
import { parseConfig } from '../../shared/config/parse.ts'
import { formatDiagnostic } from '../../shared/config/yaml/diagnostic.ts'
import { kinds } from '../../shared/probers/index.ts'

function parse(text: string): Config {
  const { config, errors } = parseConfig(text, 'u.yaml')
  expect(errors.map(formatDiagnostic)).toEqual([])
  return config!
}

/** The only check of a file with three regions and a runner. */
function check(options: string, above = '') {
  return parse(
    `${above}
regions: [us-east-1, eu-west-1, eu-north-1]
runners: { lab-1: { region: eu-west-1 } }
checks: [{ name: web, tcp: { address: 'a.example:80' }, ${options} }]`,
  ).checks[0]!
}

describe('a good file', () => {
  test('becomes a configuration with every default filled in', () => {
    expect(parse("regions: eu-west-1\nchecks: [{ name: web, tls: { address: 'a.example' } }]")).toEqual({
      regions: ['eu-west-1'],
      homes: ['eu-west-1'],
      runners: [],
      contacts: [],
      checks: [
        {
          name: 'web',
          kind: 'tls',
          target: { host: 'a.example', port: 443, days: 14, verify: true, minVersion: '1.2' },
          label: 'a.example:443',
          enabled: true,
          intervalSeconds: 60,
          timeoutMs: 10_000,
          confirmations: 1,
          delay: { down: 2, up: 2 },
          voters: ['eu-west-1'],
          alerts: [],
          tags: [],
          allowPrivate: false,
        },
      ],
    })
  })

  test('keeps what it says', () => {
    const config = parse(`
regions: [us-east-1, eu-west-1, ap-southeast-2]
homes: [us-east-1, eu-west-1]
runners: { lab-1: { region: us-east-1 } }
defaults: { interval: 30s, timeout: 8s, confirmations: 2, delay: 2, slow: 2s }
operators: ops
contacts:
  ops: { email: [ops@example.com], sms: '+15550100' }
  hook: { webhook: ['https://hooks.example.com/x', 'http://127.0.0.1:8080/x'] }
checks:
  - name: web
    http: { url: 'https://example.com/', expect: { status: [2xx, 301], body: Welcome } }
    slow: 1s
    delay: { down: 3, up: 1 }
    alerts: [ops, { contact: hook, on: [offline] }]
    tags: [shop]
  - { name: db, tcp: { address: 'db.example.com:5432' }, from: [lab-1, eu-west-1, us-east-1], interval: 5m }
  - { name: names, dns: { name: example.com }, enabled: false, alerts: hook }
`)
    expect(config).toMatchObject({
      homes: ['us-east-1', 'eu-west-1'],
      runners: [{ name: 'lab-1', region: 'us-east-1' }],
      operators: 'ops',
      contacts: [
        { name: 'ops', email: ['ops@example.com'], sms: ['+15550100'], webhook: [] },
        {
          name: 'hook',
          email: [],
          sms: [],
          webhook: ['https://hooks.example.com/x', 'http://127.0.0.1:8080/x'],
        },
      ],
      checks: [
        {
          name: 'web',
          intervalSeconds: 30,
          timeoutMs: 8000,
          slowMs: 1000,
          delay: { down: 3, up: 1 },
          voters: ['ap-southeast-2', 'eu-west-1', 'us-east-1'],
          alerts: [
            { contact: 'ops', on: ['offline', 'degraded', 'online'] },
            { contact: 'hook', on: ['offline'] },
          ],
          tags: ['shop'],
        },
        { name: 'db', intervalSeconds: 300, slowMs: 2000, voters: ['eu-west-1', 'lab-1', 'us-east-1'] },
        {
          name: 'names',
          enabled: false,
          alerts: [{ contact: 'hook', on: ['offline', 'degraded', 'online'] }],
        },
      ],
    })
  })

  test('may be the example, which has no warnings either', () => {
    const { config, errors, warnings } = parseConfig(readFileSync('examples/upquorum.yaml', 'utf8'), 'u.yaml')
    expect([...errors, ...warnings].map(formatDiagnostic)).toEqual([])
    expect(new Set(config!.checks.map((one) => one.kind))).toEqual(new Set(kinds))
  })

  test('may begin with a byte order mark and have the line ends of Windows', () => {
    const config = parse(
      '\ufeffregions: [eu-west-1]\r\nchecks:\r\n  - name: web\r\n    tls: { address: a.example }\r\n',
    )
    expect(config.checks[0]!.name).toBe('web')
  })

  test('may share options through anchors, merge keys and x- keys', () => {
    const config = parse(`
x-slow: &slow { interval: 5m, slow: 5s }
x-shop: &shop { tags: [shop], interval: 10m }
regions: [us-east-1, eu-west-1, eu-north-1]
checks:
  - &first { name: one, <<: [*slow, *shop], tls: &target { address: a.example } }
  - { <<: *first, name: two, slow: 1s }
  - { name: three, tls: *target }
`)
    expect(config.checks).toMatchObject([
      { name: 'one', intervalSeconds: 300, slowMs: 5000, tags: ['shop'], target: { host: 'a.example' } },
      { name: 'two', intervalSeconds: 300, slowMs: 1000, tags: ['shop'], target: { host: 'a.example' } },
      { name: 'three', intervalSeconds: 60, tags: [], target: { host: 'a.example' } },
    ])
  })
})

describe('what is not written', () => {
  test.each<[title: string, options: string, confirmations: number, above?: string]>([
    ['confirmations are two', '', 2],
    ['confirmations are never more than there are voters', 'from: eu-west-1', 1],
    [
      'confirmations written in defaults win',
      'from: [us-east-1, eu-north-1, lab-1]',
      3,
      'defaults: { confirmations: 3 }',
    ],
    [
      'confirmations written in the check win over defaults',
      'confirmations: 1',
      1,
      'defaults: { confirmations: 3 }',
    ],
  ])('%s', (_title, options, confirmations, above = '') => {
    expect(check(options, above).confirmations).toBe(confirmations)
  })

  test('the timeout is never longer than the interval', () => {
    expect(check('from: lab-1, interval: 5s').timeoutMs).toBe(5000)
    expect(check('interval: 10s').timeoutMs).toBe(10_000)
  })

  test.each([
    ['', undefined, { down: 2, up: 2 }],
    ['', 'delay: 3', { down: 3, up: 3 }],
    ['delay: 1', 'delay: 3', { down: 1, up: 1 }],
    ['delay: { up: 1 }', 'delay: 3', { down: 3, up: 1 }],
    ['delay: { down: 4 }', undefined, { down: 4, up: 2 }],
    ['delay: { down: 4 }', 'delay: { up: 5 }', { down: 4, up: 5 }],
  ])(
    'of a delay comes from the defaults, each direction by itself: %j under %j',
    (options, defaults, delay) => {
      expect(check(options, defaults === undefined ? '' : `defaults: { ${defaults} }`).delay).toEqual(delay)
    },
  )

  test("runners may live on hosts of one's own", () => {
    const { runners, homes } = parse(`
runners: { a: { region: us-east-1, self_hosted: true }, b: { region: eu-west-1, self_hosted: false } }
checks: [{ name: web, tls: { address: a.example } }]
`)
    expect(runners).toEqual([
      { name: 'a', region: 'us-east-1', selfHosted: true },
      { name: 'b', region: 'eu-west-1' },
    ])
    expect(homes).toEqual(['us-east-1'])
  })

  test('all regions vote, and all runners where there are no regions', () => {
    expect(check('').voters).toEqual(['eu-north-1', 'eu-west-1', 'us-east-1'])
    const runners = 'runners: { b: { region: eu-west-1 }, a: { region: us-east-1 } }'
    const config = parse(`${runners}\nchecks: [{ name: web, tls: { address: a.example } }]`)
    expect(config.checks[0]!.voters).toEqual(['a', 'b'])
    expect(config.homes).toEqual(['eu-west-1'])
  })
})

describe('intervals', () => {
  const everywhere = ['10s', '15s', '20s', '30s', '1m', '60s', '7m', '1h', '0.5h', '1d', '24h', '1440m']
  test.each(everywhere)('of %s are kept by regions', (interval) => {
    expect(check(`interval: ${interval}, timeout: 1s`).intervalSeconds).toBeGreaterThanOrEqual(10)
  })

  test.each([
    ['1s', 1],
    ['2s', 2],
    ['5s', 5],
  ])('of %s are kept where only runners vote', (interval, seconds) => {
    expect(check(`interval: ${interval}, from: lab-1`).intervalSeconds).toBe(seconds)
  })

  test.each(['0s', '3s', '11s', '59s', '61s', '90s', '1441m', '25h', '999999999d', '100ms'])(
    'of %s are refused',
    (interval) => {
      const text = `regions: [eu-west-1]\nchecks: [{ name: web, tls: { address: a.example }, interval: ${interval} }]`
      expect(parseConfig(text, 'u.yaml').errors).toHaveLength(1)
    },
  )
})
