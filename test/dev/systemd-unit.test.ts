import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type DevService, devUnit } from '../../functions/dev/systemd-unit.ts'
import { testFolder } from '../cli/folder.ts'
import { run } from '../cli/program.ts'

const service: DevService = {
  command: ['/opt/node', '/opt/main.ts', 'dev', '/srv/upquorum.yaml'],
  file: '/srv/upquorum.yaml',
  workingFolder: '/srv',
  user: 'monitor',
  needsRaw: false,
  longestTimeoutMs: 10_000,
}
const linesOf = (unit: string) => unit.split('\n')

describe('the unit', () => {
  test('starts the command as that user, and again whenever it ends', () => {
    expect(linesOf(devUnit(service))).toEqual(
      expect.arrayContaining([
        'User=monitor',
        'WorkingDirectory=/srv',
        'ExecStart=/opt/node /opt/main.ts dev /srv/upquorum.yaml',
        'Restart=always',
      ]),
    )
  })

  test('leaves the tick in progress its longest timeout and 15 s', () => {
    expect(linesOf(devUnit({ ...service, longestTimeoutMs: 20_500 }))).toContain('TimeoutStopSec=36')
  })

  test.each([
    [true, ['AmbientCapabilities=CAP_NET_RAW', 'CapabilityBoundingSet=CAP_NET_RAW']],
    [false, ['CapabilityBoundingSet=']],
  ])('grants raw sockets only where a check needs them: %j', (needsRaw, granted) => {
    expect(linesOf(devUnit({ ...service, needsRaw })).filter((line) => /Capabilit/.test(line))).toEqual(
      granted,
    )
  })

  test('keeps paths whole that systemd would split or expand', () => {
    const odd = '/srv/50% of "my" $HOME\\x'
    expect(linesOf(devUnit({ ...service, command: ['/opt/node', odd], workingFolder: odd }))).toEqual(
      expect.arrayContaining([
        'ExecStart=/opt/node "/srv/50%% of \\"my\\" $$HOME\\\\x"',
        'WorkingDirectory=/srv/50%% of "my" $HOME\\x',
      ]),
    )
  })
})

describe('upquorum dev --systemd', () => {
  const { path: cwd, write } = testFolder()

  test('prints the unit of this very call, with absolute paths, and keeps no data', async () => {
    write(
      'lab.yaml',
      `runners: { lab-1: { region: us-east-1 } }
checks:
  - { name: port, half_open: { address: "192.0.2.1:443" }, confirmations: 1, timeout: 30s }
  - { name: off, tcp: { address: "192.0.2.1:443" }, timeout: 60s, enabled: false }
`,
    )
    const { code, stdout, stderr } = await run(['dev', 'lab.yaml', '--systemd', '--data', 'kept', '--json'], {
      cwd,
    })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const main = resolve('functions/cli/main.ts')
    expect(linesOf(stdout)).toEqual(
      expect.arrayContaining([
        `ExecStart=${process.execPath} ${main} dev ${cwd}/lab.yaml --data ${cwd}/kept --json`,
        'AmbientCapabilities=CAP_NET_RAW',
        'TimeoutStopSec=45',
      ]),
    )
    const { stderr: status } = await run(['status', '--data', 'kept'], { cwd })
    expect(status).toBe('kept contains no data; "upquorum dev" creates it\n')
  })
})
