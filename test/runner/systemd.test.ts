import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import koffi from 'koffi'
import { afterAll, describe, expect, test } from 'vitest'
import { connectSystemd, notifySystemd } from '../../functions/runner/systemd.ts'
import { loadLibc } from '../../functions/runtime/koffi.ts'

const isLinux = process.platform === 'linux'
if (!isLinux) console.warn('skipped: what systemd hears. It needs Linux.')

/** The receiving end of sd_notify(3), which Node has no API for either. */
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
    const listener = listenAsSystemd(path)
    const systemd = connectSystemd(loadLibc(), path)
    systemd.alive()
    systemd.ready()
    systemd.alive()
    systemd.stopping()
    const said = Array.from({ length: 5 }, () => listener.heard())
    expect(said).toEqual([
      'EXTEND_TIMEOUT_USEC=60000000',
      'READY=1',
      'READY=1\nWATCHDOG=1',
      'STOPPING=1',
      undefined,
    ])
    listener.close()
  })

  test('later what it has no room for now', () => {
    const path = join(folder, 'busy')
    const listener = listenAsSystemd(path)
    const systemd = connectSystemd(loadLibc(), path)
    for (let second = 0; second < 1000; second++) systemd.alive()
    systemd.ready()
    while (listener.heard() !== undefined);
    systemd.alive()
    expect(listener.heard()).toContain('READY=1')
    listener.close()
  })

  test('nothing where it did not ask', async () => {
    const systemd = await notifySystemd()
    systemd.ready()
    systemd.alive()
    systemd.stopping()
  })

  test('a systemd that is gone is our failure', () => {
    expect(() => connectSystemd(loadLibc(), join(folder, 'nobody'))).toThrow('connect failed: ENOENT')
  })
})
