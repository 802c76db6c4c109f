import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Checked, renderChecks } from '../../functions/cli/check-table.ts'
import { type DemoServers, startServers } from '../../functions/dev/demo/servers.ts'
import { createPaint } from '../../functions/terminal/colour.ts'
import { testFolder } from './folder.ts'
import { run } from './program.ts'

const { path: cwd, write } = testFolder()
let servers: DemoServers
beforeAll(async () => {
  servers = await startServers({ shopIsDown: false, delayedFrom: new Set(), resetFrom: new Set() })
  const { ports, ca } = servers
  write(
    'all.yaml',
    `regions: [us-east-1, eu-west-1, eu-north-1]
checks:
  - { name: shop, http: { url: 'http://127.0.0.1:${ports.shop}/', expect: { body: Welcome } }, allow_private: true }
  - { name: store, tcp: { address: '127.0.0.1:${ports.database}', send: PING, expect: PONG }, allow_private: true }
  - { name: cert, tls: { address: '127.0.0.1:${ports.certificate}', ca: ${JSON.stringify(ca)} }, allow_private: true }
  - { name: names, dns: { name: shop.example.com, server: '127.0.0.1:${ports.names}', expect: 192.0.2.80 }, allow_private: true }
  - { name: sluggish, http: { url: 'http://127.0.0.1:${ports.shop}/' }, slow: 1ms, timeout: 5s, allow_private: true }
  - { name: hidden, tcp: { address: '127.0.0.1:${ports.database}' } }
  - { name: later, tcp: { address: '127.0.0.1:1' }, allow_private: true, enabled: false }
`.replace('expect: Welcome', 'expect: { body: Welcome }'),
  )
})
afterAll(() => servers.close())

/** The warnings that every command prints for this file. */
const warning =
  'all.yaml:3:103 checks[0].allow_private: warning: is true although regions vote on this check (and on 4 more): Lambda ' +
  'voters refuse private targets anyway, only local runs and runners honour it\n' +
  'all.yaml:8:26 checks[5].tcp: warning: will be refused: 127.0.0.1 is a loopback address; a check may ' +
  'probe it only with "allow_private: true"\n' +
  'all.yaml:9:68 checks[6].allow_private: warning: is true although regions vote on this check: Lambda voters refuse private ' +
  'targets anyway, only local runs and runners honour it\n'

/** Replaces each time in a table with `#`. */
const masked = (text: string) => text.replaceAll(/ *[\d.,]+ ms/g, ' #')

describe.concurrent('upquorum check', () => {
  test('shows every enabled check with its phases, and ends with 1 when one is offline', async () => {
    const { code, stdout, stderr } = await run(['check', 'all.yaml'], { cwd })
    expect({ code, stderr }).toEqual({ code: 1, stderr: warning })
    expect(
      masked(stdout).replaceAll(/ +/g, ' '),
    ).toBe(`check kind status total connect tls first byte transfer
shop http online # # - # #
store tcp online # # - # #
cert tls online # # # - -
names dns online # - - # -
sluggish http slow # # - # #
hidden tcp offline - - - - -
cert: the certificate is valid for 89 days
hidden: forbidden: 127.0.0.1 is a loopback address; a check may probe it only with "allow_private: true"
`)
  })

  test('shows only the named ones, enabled or not, in the order of the file', async () => {
    const { code, stdout } = await run(['check', 'all.yaml', 'later', 'shop', '--json'], { cwd })
    const [shop, later, ...more] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown)
    expect(shop).toEqual({
      type: 'check',
      check: 'shop',
      kind: 'http',
      target: `http://127.0.0.1:${servers.ports.shop}/`,
      vote: 'online',
      ms: expect.any(Number),
      phases: { connect: expect.any(Number), firstByte: expect.any(Number), transfer: expect.any(Number) },
    })
    expect(later).toEqual({
      type: 'check',
      check: 'later',
      kind: 'tcp',
      target: '127.0.0.1:1',
      vote: 'offline',
      reason: 'refused',
      detail: '127.0.0.1:1 refused the connection',
      phases: {},
    })
    expect({ code, more }).toEqual({ code: 1, more: [] })
  })

  test('ends with 0 when all are online, slow ones too', async () => {
    expect(await run(['check', 'all.yaml', 'names', 'sluggish'], { cwd })).toMatchObject({
      code: 0,
      stderr: warning,
    })
  })

  test.each([
    ['nmaes', 'unknown check "nmaes"; did you mean names?\n'],
    ['\u001b', 'unknown check "\\u001b"; must be shop, store, cert, names, sluggish, hidden or later\n'],
  ])('does not know a check %j', async (name, stderr) => {
    expect(await run(['check', 'all.yaml', name], { cwd })).toEqual({
      code: 2,
      stdout: '',
      stderr: `${warning}${stderr}`,
    })
  })
})

describe('a name in the place of the file', () => {
  const elsewhere = testFolder()
  const check = (...args: string[]) => run(['check', ...args], { cwd: elsewhere.path })
  const checks = "checks: [{ name: web, tcp: { address: 'a.example:1' }, confirmations: 1 }]"

  test('is told how to write it, where the usual file has such a check', async () => {
    const missing = /^cannot read web: there is no such file; /
    expect(await check('web')).toMatchObject({ code: 1, stderr: expect.stringMatching(missing) })
    elsewhere.write('upquorum.yaml', `regions: [us-east-1]\n${checks}\n`)
    expect(await check('web', 'db')).toEqual({
      code: 2,
      stdout: '',
      stderr: 'web is a check, not a file; run: upquorum check upquorum.yaml web db\n',
    })
    expect(await check('wbe')).toMatchObject({ code: 1, stderr: expect.stringMatching(/^cannot read wbe: /) })
  })
})

describe('the table', () => {
  const found = (name: string, probed: Partial<Checked['probed']>) =>
    ({ check: { name, kind: 'http' }, probed: { phases: {}, ...probed } }) as Checked
  const checked = [
    found('web', {
      vote: { vote: 'online', ms: 80 },
      phases: { dns: 1, connect: 2, tls: 3, firstByte: 4, transfer: 5 },
    }),
    found('lab', { vote: { vote: 'abstain', detail: 'this machine has no IPv6' } }),
  ]
  const render = (width: number) => renderChecks(checked, createPaint(false), width)

  test('has a column for each phase that some check went through', () => {
    expect(render(100)).toEqual([
      'check  kind  status   total   dns  connect   tls  first byte  transfer',
      'web    http  online   80 ms  1 ms     2 ms  3 ms        4 ms      5 ms',
      'lab    http  abstain      -     -        -     -           -         -',
      'lab: could not be probed: this machine has no IPv6',
    ])
    expect(renderChecks([checked[1]!], createPaint(false), 100)[0]).toBe('check  kind  status   total')
  })

  test('tells the phases in sentences where there is no room for columns', () => {
    expect(render(50)).toEqual([
      'check  kind  status   total',
      'web    http  online   80 ms',
      'lab    http  abstain      -',
      'web: dns 1 ms, connect 2 ms, tls 3 ms, first byte',
      '4 ms, transfer 5 ms',
      'lab: could not be probed: this machine has no IPv6',
    ])
  })
})
