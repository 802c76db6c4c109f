import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { isHeld, takeFolder } from '../../functions/dev/folder.ts'

const folder = mkdtempSync(join(tmpdir(), 'upquorum-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('asking who holds a folder does not make one', async () => {
  expect(await isHeld(join(folder, 'none'))).toBe(false)
  expect(existsSync(join(folder, 'none'))).toBe(false)
})

test('of many who take a folder at the same instant one gets it, until it releases it', async () => {
  const path = join(folder, 'deep', 'down')
  const attempts = await Promise.allSettled(
    Array.from({ length: 8 }, () => takeFolder(path, '/upquorum.yaml')),
  )
  const taken = attempts.filter((attempt) => attempt.status === 'fulfilled')
  const refused = attempts.filter((attempt) => attempt.status === 'rejected')
  expect(taken.length).toBe(1)
  for (const { reason } of refused)
    expect(reason.message).toMatch(/^\S+ is in use by another upquorum \(process (?:\d+|unknown), /)
  expect(await isHeld(path)).toBe(true)
  await taken[0]!.value.release()
  expect(await isHeld(path)).toBe(false)
})

test.skipIf(process.platform !== 'linux')(
  'a folder that cannot be made is an error at once (needs /proc)',
  async () => {
    await expect(takeFolder('/proc/none/deeper', '/upquorum.yaml')).rejects.toThrow(
      /^cannot keep data in \/proc\/none\/deeper: ENOENT: no such file or directory, mkdir '\/proc\/none'$/,
    )
  },
)
