import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Arguments } from './arguments.ts'

const root = join(import.meta.dirname, '../..')

/** Runs the CDK with `args`, then with the options of the call. Returns false when it failed; it has printed why. */
export type Cdk = (call: Arguments, ...args: readonly string[]) => Promise<boolean>

/** Runs the CDK version pinned in package.json, on this terminal. */
export const pinnedCdk: Cdk = async ({ file, options }, ...args) => {
  const child = spawn(
    process.execPath,
    [join(root, 'node_modules/aws-cdk/bin/cdk'), ...args, '-c', `config=${file}`, ...options],
    { cwd: root, stdio: 'inherit' },
  )
  const code = await new Promise<number | null>((done, failed) => {
    child.on('error', failed)
    child.on('close', done)
  })
  return code === 0
}
