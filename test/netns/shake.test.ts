import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testFolder } from '../cli/folder.ts'
import { type Outcome, run, start } from '../cli/program.ts'
import { settledAccepts } from './accepts.ts'
import { address, layWire, namespacesMissing, type Program, type Wire } from './namespaces.ts'

// `upquorum shake` against real ports in another namespace: the output for each kind of answer.

if (namespacesMissing !== undefined)
  console.warn(`skipped: upquorum shake between network namespaces. ${namespacesMissing}.`)

const { path: cwd, write } = testFolder()

describe.skipIf(namespacesMissing !== undefined)('upquorum shake on a wire', () => {
  let wire: Wire
  let listener: Program
  beforeAll(async () => {
    wire = layWire()
    listener = await wire.start('server', 'listener.ts')
    wire.filter([
      'tcp dport 7777 drop',
      'tcp dport 7800 reject with icmpx type admin-prohibited',
      'tcp dport 7801 reject with icmpx type host-unreachable',
      'tcp dport 7802 reject with icmpx type port-unreachable',
      'tcp dport 7803 reject with icmpx type no-route',
      'tcp dport 7804 reject with tcp reset',
    ])
  })
  afterAll(() => wire.close())

  const shake = (...args: string[]) => run(['shake', ...args], { cwd, through: wire.within.client })
  const accepts = () => settledAccepts(listener)

  describe.each([address.server, `[${address.server6}]`])('%s', (host) => {
    const ip = host.replaceAll(/[[\]]/g, '')

    test('says of each service what came back, in JSON', async () => {
      const before = await accepts()
      const ports = [9000, 8999, 7804, 7777, 7800, 7801, 7802, 7803]
      const services = ports.map((port) => `${host}:${port}`)
      const outcome = await shake(...services, '--json', '--timeout', '500ms')
      expect(byAddress(outcome)).toEqual([
        { address: `${host}:7777`, result: 'filtered', method: 'raw' },
        { address: `${host}:7800`, result: 'admin-prohibited', detail: `says ${ip}`, method: 'raw' },
        { address: `${host}:7801`, result: 'host-unreachable', detail: `says ${ip}`, method: 'raw' },
        { address: `${host}:7802`, result: 'port-unreachable', detail: `says ${ip}`, method: 'raw' },
        { address: `${host}:7803`, result: 'net-unreachable', detail: `says ${ip}`, method: 'raw' },
        { address: `${host}:7804`, result: 'closed', rtt_us: expect.any(Number), method: 'raw' },
        { address: `${host}:8999`, result: 'closed', rtt_us: expect.any(Number), method: 'raw' },
        { address: `${host}:9000`, result: 'open', rtt_us: expect.any(Number), method: 'raw' },
      ])
      expect([outcome.code, outcome.stderr]).toEqual([1, ''])
      expect(await accepts()).toBe(before)
    })

    test('says it in words', async () => {
      const services = [9000, 7800].map((port) => `${host}:${port}`)
      const { code, stdout, stderr } = await shake(...services)
      expect(
        stdout
          .replaceAll(/\d+\.\d{3}/g, '0.000')
          .split('\n')
          .toSorted(),
      ).toEqual([
        '',
        `admin-prohibited               ${host}:7800 (says ${ip})`,
        `open                 0.000 ms  ${host}:9000`,
      ])
      expect([code, stderr]).toEqual([1, ''])
    })

    test('ends with 0 when all are open', async () => {
      expect((await shake(`${host}:9000`, `${host}:9001`)).code).toBe(0)
    })
  })

  test.each([
    ['203.0.113.1:80', 'this voter has no route to that network (ENETUNREACH)'],
    ['10.99.0.255:80', 'this voter is not permitted to connect (EACCES)'],
  ])('%s failed, and it was we who did', async (service, detail) => {
    const outcome = await shake(service, '--json')
    expect(byAddress(outcome)).toEqual([{ address: service, result: 'failed', method: 'raw', detail }])
    expect(outcome.code).toBe(1)
  })

  test('a host that is not there is told from a firewall, in the time that is waited anyway', async () => {
    const outcome = await shake('10.99.0.77:80', '[fd99::77]:80', '--json')
    expect(byAddress(outcome)).toEqual([
      {
        address: '10.99.0.77:80',
        result: 'host-unreachable',
        detail: `says ${address.client}`,
        method: 'raw',
      },
      {
        address: '[fd99::77]:80',
        result: 'host-unreachable',
        detail: `says ${address.client6}`,
        method: 'raw',
      },
    ])
  })

  test.each([
    ['raw', 2],
    ['quickack', 1],
    ['connect', 1],
  ])('by the method %s two SYNs come from so many ports: %i', async (method, ports) => {
    const capture = await wire.start('server', 'capture.ts')
    const args = ['--method', method, '--attempts', '2', '--timeout', '1500ms', '--json']
    const outcome = await shake(`${address.server}:7777`, ...args)
    expect(byAddress(outcome)).toEqual([{ address: `${address.server}:7777`, result: 'filtered', method }])
    const syns = (await capture.ask<string[]>('packets')).filter((packet) => packet.endsWith('> 7777 SYN'))
    expect(syns).toHaveLength(2)
    expect(new Set(syns).size).toBe(ports)
    await capture.stop()
  })

  test('Ctrl-C in the middle of a list keeps what is known and ends with 130', async () => {
    const list = write('long.txt', `${address.server}:9000\n${address.server}:7777\n`.repeat(5000))
    const args = ['shake', '-f', list, '--json', '--timeout', '60s']
    const { process: child, ended, prints } = start(args, { cwd, through: wire.within.client })
    await prints(/"open"/)
    child.kill('SIGINT')
    const outcome = await ended
    const told = byAddress(outcome)
    expect(new Set(told.map(({ result }) => result))).toEqual(new Set(['open']))
    expect(outcome.stderr).toBe(`interrupted after ${told.length} of 10000 services\n`)
    expect(outcome.code).toBe(130)
  })

  test('a reader that has seen enough ends it without a word', async () => {
    const list = write('many.txt', `${address.server}:9000\n`.repeat(2000))
    const shaking = start(['shake', '-f', list], { cwd, through: wire.within.client })
    await shaking.prints(/open/)
    shaking.process.stdout!.destroy()
    expect(await shaking.ended).toMatchObject({ code: 0, stderr: '' })
  })

  test.each(['quickack', 'connect'])(
    'the method %s makes do with 256 files, however many services are silent',
    async (method) => {
      const list = write('silent.txt', `${address.server}:7777\n`.repeat(400))
      const through = [...wire.within.client, 'sh', '-c', 'ulimit -n 256; exec "$0" "$@"']
      const args = [
        'shake',
        '-f',
        list,
        '--json',
        '--method',
        method,
        '--timeout',
        '150ms',
        '--attempts',
        '1',
      ]
      const outcome = await run([...args, '--rate', '5000'], { cwd, through })
      const results = byAddress(outcome).map(({ result }) => result)
      expect(results).toEqual(Array(400).fill('filtered'))
      expect(outcome.code).toBe(1)
    },
  )
})

interface ShakeLine {
  readonly address: string
  readonly result: string
}

/** The result of each service by address. */
function byAddress({ stdout }: Outcome): readonly ShakeLine[] {
  const lines = stdout.trimEnd().split('\n')
  const told = lines.map((line) => JSON.parse(line) as ShakeLine)
  return told.toSorted((one, other) => (one.address < other.address ? -1 : 1))
}
