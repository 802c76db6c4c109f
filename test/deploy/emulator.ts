import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { endGroup } from './process.ts'
import { pythonProgram } from './python.ts'

/** AWS emulated on this machine for the duration of the run. */
export interface Emulator {
  readonly url: string
  /** The environment in which the SDK and the CDK talk only to the emulator. */
  readonly environment: Readonly<Record<string, string>>
  /** The emulator's log. */
  log(): string
  stop(): Promise<void>
}

const startSeconds = 30

/**
 * @param folder for the emulator's files.
 * @throws {Unavailable} when it cannot be installed.
 */
export async function startEmulator(folder: string): Promise<Emulator> {
  const executable = await pythonProgram('ministack')
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const logFile = join(folder, 'emulator.log')
  const log = openSync(logFile, 'a')
  const child = spawn(executable, [], {
    cwd: folder,
    // Its own process group, so that the workers that run the functions end with it.
    detached: true,
    stdio: ['ignore', log, log],
    env: {
      // The functions run on the `node` that is first on PATH.
      PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
      HOME: folder,
      TMPDIR: folder,
      BIND_HOST: '127.0.0.1',
      MINISTACK_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
    },
  })
  closeSync(log)
  child.on('error', () => {})
  const emulator: Emulator = {
    url,
    environment: {
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'us-east-1',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    log: () => readFileSync(logFile, 'utf8'),
    stop: () => endGroup(child),
  }
  for (let second = 0; second < startSeconds; second += 0.25) {
    if (child.exitCode !== null) break
    const answer = await fetch(`${url}/_ministack/health`).catch(() => undefined)
    if (answer?.ok) return emulator
    await sleep(250)
  }
  const said = emulator.log()
  await emulator.stop()
  throw new Error(`the emulator did not start within ${startSeconds} s:\n${said}`)
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
