// Runs a command on Node 24, whatever Node version the system has. Plain JavaScript, because an older Node must be
// able to read this file. Node 24 comes from per-platform npm packages (optionalDependencies). npm 10.8–11.0 does not
// link their binary when several are listed, so the package is looked up by path instead of in node_modules/.bin.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const parent = process.ppid
const executable = process.platform === 'win32' ? 'node.exe' : 'node'

function findNode24() {
  const platform = `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  for (const name of [`node-${platform}`, `node-bin-${platform}`]) {
    const path = join(root, 'node_modules', name, 'bin', executable)
    if (existsSync(path)) return path
  }
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath
  console.error(
    `upquorum needs Node 24 or newer; this is ${process.version} and no packaged Node for ${platform} is in ` +
      'node_modules. Run "npm ci" in the project, or install Node 24 from https://nodejs.org.',
  )
  process.exit(1)
}

/**
 * Ends the child when our parent dies. npm forwards SIGTERM only to the shell it started us in, and that shell exits
 * without signalling us; a new parent pid is the only sign of it.
 */
function endWithParent(child) {
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    child.kill('SIGTERM')
  }, 1000)
  watch.unref()
}

/** Runs `command` with Node 24 and the project's own binaries first on PATH, and exits with its exit code. */
export function launch(command, args) {
  const node = findNode24()
  const bin = join(root, 'node_modules', '.bin')
  const child = spawn(command === 'node' ? node : command, args, {
    stdio: 'inherit',
    shell: process.platform === 'win32' && command !== 'node',
    env: { ...process.env, PATH: [dirname(node), bin, process.env.PATH].join(delimiter) },
  })
  // SIGINT is not forwarded: Ctrl-C already reaches every process of the foreground group, and a second SIGINT ends
  // "upquorum dev" at once. To stop only this process and its child, send SIGTERM.
  process.on('SIGINT', () => {})
  // A signal to the whole group reaches the child twice; its handlers must tolerate that.
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  if (process.env.npm_execpath !== undefined && process.platform !== 'win32') endWithParent(child)
  child.on('error', (error) => {
    console.error(`cannot run ${command}: ${error.message}. Did "npm ci" complete?`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) launch(process.argv[2], process.argv.slice(3))
