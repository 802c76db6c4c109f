import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

/** Creates a folder for the files of one test file and removes it at the end. */
export function testFolder() {
  const path = mkdtempSync(join(tmpdir(), 'upquorum-'))
  afterAll(() => rmSync(path, { recursive: true, force: true }))
  return {
    path,
    /** Writes a file and returns its name. */
    write(name: string, content: string | Uint8Array): string {
      writeFileSync(join(path, name), content)
      return name
    },
  }
}
