import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { beforeAll, describe, expect, test } from 'vitest'
import { refusingAddress } from '../fixtures/servers.ts'
import { testFolder } from './folder.ts'
import { run } from './program.ts'

// On loopback, with the two methods that need no permission; test/netns has the third method, and silence.

const { path: cwd, write } = testFolder()
let open: string
let closed: string
beforeAll(async () => {
  const server = createServer((socket) => socket.on('error', () => {}))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  open = `127.0.0.1:${(server.address() as AddressInfo).port}`
  closed = `127.0.0.1:${(await refusingAddress()).port}`
  return () => void server.close()
})

const caveat = {
  connect: 'half-open probes are full connections, reset at once (method: connect; as requested)\n',
  quickack:
    'half-open probes are best effort (method: quickack; as requested): a busy machine completes some connections\n',
}
const methods = process.platform === 'linux' ? (['connect', 'quickack'] as const) : (['connect'] as const)
if (methods.length === 1) console.warn('skipped: upquorum shake by the method quickack. It needs Linux.')

describe.each(methods)('upquorum shake by the method %s', (method) => {
  test('has a line for each service, and ends with 0 when all are open', async () => {
    const { code, stdout, stderr } = await run(['shake', open, '--method', method], { cwd })
    expect(stdout).toMatch(new RegExp(`^open {13} +\\d+\\.\\d{3} ms {2}${open} \\(method: ${method}\\)\\n$`))
    expect([code, stderr]).toEqual([0, caveat[method]])
  })

  test('ends with 1 when one is not open', async () => {
    const { code, stdout } = await run(['shake', open, closed, '--json', '--method', method], { cwd })
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.toSorted((one, other) => one.result.localeCompare(other.result))).toEqual([
      { address: closed, result: 'closed', rtt_us: expect.any(Number), method },
      { address: open, result: 'open', rtt_us: expect.any(Number), method },
    ])
    expect(code).toBe(1)
  })
})

test('a name is looked up, and one that leads nowhere is told', async () => {
  const port = open.slice(open.indexOf(':') + 1)
  const args = ['shake', `localhost:${port}`, 'nobody.invalid:1', '--json', '--method', 'connect']
  const { code, stdout } = await run(args, { cwd })
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual(
    expect.arrayContaining([
      {
        address: `localhost:${port}`,
        ip: '127.0.0.1',
        result: 'open',
        rtt_us: expect.any(Number),
        method: 'connect',
      },
      {
        address: 'nobody.invalid:1',
        result: 'failed',
        method: 'connect',
        detail: 'the name nobody.invalid does not exist',
      },
    ]),
  )
  expect(code).toBe(1)
})

test('a list comes from a file or from stdin, with comments', async () => {
  const list = `# services\n${open}\n\n  ${open}  # again\n`
  const file = write('services.txt', list)
  for (const options of [{ args: ['-f', file] }, { args: ['-f', '-'], input: list }]) {
    const { input = '' } = options as { input?: string }
    const { code, stdout } = await run(['shake', ...options.args, '--method', 'connect'], { cwd, input })
    expect([code, stdout.match(/^open/gm)]).toEqual([0, ['open', 'open']])
  }
})

test('services are begun at the given rate', async () => {
  const startMs = performance.now()
  await run(['shake', ...Array(20).fill(open), '--rate', '20', '--method', 'connect'], { cwd })
  expect(performance.now() - startMs).toBeGreaterThan(900)
})

test.each([
  [
    '10.0.0.0/8:80',
    '10.0.0.0/8:80 is a range of addresses; shake takes single services, it is not a scanner',
  ],
  [
    '10.0.0.1-9:80',
    '10.0.0.1-9:80 is a range of addresses; shake takes single services, it is not a scanner',
  ],
  ['10.0.0.*:80', '10.0.0.*:80 is a range of addresses; shake takes single services, it is not a scanner'],
  [
    'a.example:80,443',
    'a.example:80,443 is a range of addresses; shake takes single services, it is not a scanner',
  ],
  ['255.255.255.255:80', '255.255.255.255:80 is the broadcast address, not a service'],
  ['224.0.0.1:80', '224.0.0.1:80 is a multicast address, not a service'],
  ['[ff02::1]:80', '[ff02::1]:80 is a multicast address, not a service'],
  ['0.0.0.0:80', '0.0.0.0:80 is an unspecified address, not a service'],
  ['[::]:80', '[::]:80 is an unspecified address, not a service'],
  ['[fe80::1]:80', '[fe80::1]:80 is a link-local address, which shake cannot reach'],
  ['[fe80::1%eth0]:80', '[fe80::1%eth0]:80 is a link-local address, which shake cannot reach'],
  ['[::ffff:192.0.2.1]:80', '[::ffff:192.0.2.1]:80 is an IPv4 address in IPv6 form; write it as IPv4'],
  [
    'a.example',
    'a.example is not an address with a port; write example.com:443, 192.0.2.1:443 or [2001:db8::1]:443',
  ],
])('%s is refused', async (service, message) => {
  expect(await run(['shake', service], { cwd })).toEqual({ code: 2, stdout: '', stderr: `${message}\n` })
})

test('a wrong line of a list is named by its place, before anything is sent', async () => {
  const file = write('wrong.txt', `${open}\n10.0.0.0/24:22\n`)
  expect(await run(['shake', '-f', file, '--method', 'connect'], { cwd })).toEqual({
    code: 2,
    stdout: '',
    stderr:
      'wrong.txt:2: 10.0.0.0/24:22 is a range of addresses; shake takes single services, it is not a scanner\n',
  })
})

test('a file that is no list is no danger to the terminal', async () => {
  const file = write('binary.txt', `\u001b[31m${'x'.repeat(100_000)}`)
  const { code, stderr } = await run(['shake', '-f', file], { cwd })
  expect([code, stderr]).toEqual([
    2,
    `binary.txt:1: \\x1b[31m${'x'.repeat(71)}… is not an address with a port; ` +
      'write example.com:443, 192.0.2.1:443 or [2001:db8::1]:443\n',
  ])
})

test('and so is one of stdin', async () => {
  const input = `${open}\r\n\n# a comment\n224.0.0.1:80\n`
  expect(await run(['shake', '-f', '-', '--method', 'connect'], { cwd, input })).toEqual({
    code: 2,
    stdout: '',
    stderr: 'stdin:4: 224.0.0.1:80 is a multicast address, not a service\n',
  })
})

test('the help tells the defaults with their units', async () => {
  const { stdout } = await run(['shake', '--help'], { cwd })
  expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
    '--timeout <duration> how long to wait for each service, not counting name resolution (default: 4s)',
  )
})

test('a list that is not there is told', async () => {
  const { code, stderr } = await run(['shake', '-f', 'nowhere.txt'], { cwd })
  expect([code, stderr]).toEqual([1, 'cannot read nowhere.txt: there is no such file\n'])
})

test('nothing to shake is a wrong call', async () => {
  const { code, stderr } = await run(['shake'], { cwd })
  expect([code, stderr]).toEqual([2, 'there is nothing to shake; name services such as example.com:443\n'])
})

test.each([
  [['--rate', '0'], 'It must be a number from 1 to 200000.'],
  [['--timeout', '2m'], 'It must be a duration from 1ms to 60s.'],
  [['--attempts', 'x'], 'It must be a number from 1 to 10.'],
  [['--ip', '5'], 'It must be 4 or 6.'],
  [['--method', 'tcp'], 'It must be raw or quickack or connect.'],
])('%o is a wrong call', async (args, message) => {
  const { code, stderr } = await run(['shake', 'a.example:1', ...args], { cwd })
  expect(code).toBe(2)
  expect(stderr).toContain(message)
})
