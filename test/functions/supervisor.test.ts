import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import koffi from 'koffi'
import { afterAll, describe, expect, test } from 'vitest'
import { loadLibc } from '../../functions/runtime/koffi.ts'
import { connectSupervisor, systemSupervisor } from '../../functions/runtime/supervisor.ts'

const isLinux = process.platform === 'linux'
if (!isLinux) console.warn('skipped: what systemd hears. It needs Linux.')

/** The other end of sd_notify(3), which Node has no words for either. */
function listenAsSystemd(path: string) {
  const library = koffi.load(null)
  const bind = library.func('int bind(int, void *, uint)')
  const receive = library.func('intptr_t recv(int, _Out_ void *, size_t, int)')
  const socket = library.func('int socket(int, int, int)')(1, 2, 0) as number
  const name = Buffer.concat([Buffer.from([1, 0]), Buffer.from(path.replace(/^@/, '\0'))])
  expect(bind(socket, name, name.length)).toBe(0)
  return {
    heard() {
      const buffer = Buffer.alloc(100)
      const length = receive(socket, buffer, buffer.length, 0x40) as number
      return length < 0 ? undefined : buffer.toString('utf8', 0, length)
    },
    close: () => library.func('int close(int)')(socket),
  }
}

describe.skipIf(!isLinux)('systemd hears', () => {
  const folder = mkdtempSync(join(tmpdir(), 'upquorum-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  test.each([join(folder, 'notify'), `@upquorum-test-${process.pid}`])('over %s', (path) => {
    const systemd = listenAsSystemd(path)
    const supervisor = connectSupervisor(loadLibc(), path)
    supervisor.alive()
    supervisor.ready()
    supervisor.alive()
    supervisor.stopping()
    const said = Array.from({ length: 5 }, () => systemd.heard())
    expect(said).toEqual([
      'EXTEND_TIMEOUT_USEC=60000000',
      'READY=1',
      'READY=1\nWATCHDOG=1',
      'STOPPING=1',
      undefined,
    ])
    systemd.close()
  })

  test('later what it has no room for now', () => {
    const path = join(folder, 'busy')
    const systemd = listenAsSystemd(path)
    const supervisor = connectSupervisor(loadLibc(), path)
    for (let second = 0; second < 1000; second++) supervisor.alive()
    supervisor.ready()
    while (systemd.heard() !== undefined);
    supervisor.alive()
    expect(systemd.heard()).toContain('READY=1')
    systemd.close()
  })

  test('nothing where it did not ask', async () => {
    const supervisor = await systemSupervisor()
    supervisor.ready()
    supervisor.alive()
    supervisor.stopping()
  })

  test('a systemd that is gone is our failure', () => {
    expect(() => connectSupervisor(loadLibc(), join(folder, 'nobody'))).toThrow('connect failed: ENOENT')
  })
})
