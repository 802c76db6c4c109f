import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isHeld } from '../../functions/dev/folder.ts'

test('asking who holds a folder does not make one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'upquorum-'))
  try {
    expect(await isHeld(join(folder, 'none'))).toBe(false)
    expect(existsSync(join(folder, 'none'))).toBe(false)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
