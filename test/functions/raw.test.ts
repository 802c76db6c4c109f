import { expect, test } from 'vitest'
import { openSockets, openSocketsFor } from '../../functions/runtime/raw.ts'
import { kinds, proberOf } from '../../shared/probers/index.ts'

test('nothing is opened for kinds that need none', async () => {
  const warnings: string[] = []
  const needNone = kinds.filter((kind) => proberOf(kind).needs === 'tcp')
  expect(needNone).toEqual(expect.arrayContaining(['http', 'tcp', 'dns', 'tls']))
  expect(await openSocketsFor(needNone, (warning) => warnings.push(warning))).toBe(undefined)
  expect(warnings).toEqual([])
})

test('whatever is less than raw sockets is announced', async () => {
  const warnings: string[] = []
  const sockets = await openSocketsFor(['tcp', 'half_open'], (warning) => warnings.push(warning))
  try {
    expect(warnings.join()).toMatch(
      sockets!.method === 'raw' ? /^$/ : new RegExp(`\\(method: ${sockets!.method}; `),
    )
    expect(sockets!.ping === undefined).toBe(sockets!.method !== 'raw')
  } finally {
    sockets!.close()
  }
})

test.skipIf(process.platform !== 'linux')('a method that is insisted on is opened or fails', async () => {
  const { sockets, caveat } = await openSockets('quickack')
  expect([sockets.method, sockets.ping]).toEqual(['quickack', undefined])
  expect(caveat).toContain('method: quickack; as requested')
  const raw = await openSockets('raw').then(
    (opened) => {
      opened.sockets.close()
      return opened.sockets.method
    },
    (error: { code: string }) => error.code,
  )
  expect(['raw', 'EPERM']).toContain(raw)
})
