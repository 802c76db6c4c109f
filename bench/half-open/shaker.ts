import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The path of the program, or why it could not be built. */
export type Built = { readonly path: string } | { readonly missing: string }

/** Builds the program around tcp-shaker into a folder. The first build downloads its pinned Go modules. */
export function buildShaker(folder: string): Built {
  const path = `${folder}/shaker`
  const { error, status, stderr } = spawnSync('go', ['build', '-o', path, '.'], {
    cwd: fileURLToPath(new URL('shaker/', import.meta.url)),
    // Use the installed Go toolchain, and no C compiler.
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
