import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** A program, or why there is none. */
export type Built = { readonly path: string } | { readonly missing: string }

/** Builds the small program around tcp-shaker into a folder; the first time this loads its pinned modules. */
export function buildShaker(folder: string): Built {
  const path = `${folder}/shaker`
  const { error, status, stderr } = spawnSync('go', ['build', '-o', path, '.'], {
    cwd: fileURLToPath(new URL('shaker/', import.meta.url)),
    // The compiler that is there is to be used, and no C.
    env: { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly -buildvcs=false', CGO_ENABLED: '0' },
    encoding: 'utf8',
    timeout: 180_000,
  })
  if (error !== undefined) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    return { missing: isMissing ? 'it needs Go ("apt-get install golang-go")' : error.message }
  }
  return status === 0 ? { path } : { missing: `go build failed: ${stderr.trim().split('\n').at(-1)}` }
}
