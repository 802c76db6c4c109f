import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { endGroup } from './process.ts'
import { pythonProgram } from './python.ts'

/** AWS on this machine, for as long as the run takes. */
export interface Emulator {
  readonly url: string
  /** What makes the SDK and the CDK talk to it, and to nobody else. */
  readonly environment: Readonly<Record<string, string>>
  /** What it has logged. */
  log(): string
  stop(): Promise<void>
}

const startSeconds = 30

/**
 * @param folder where the emulator keeps its files.
 * @throws {Unavailable} where it cannot be installed.
 */
export async function startEmulator(folder: string): Promise<Emulator> {
  const executable = await pythonProgram('ministack')
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const logFile = join(folder, 'emulator.log')
  const log = openSync(logFile, 'a')
  const child = spawn(executable, [], {
    cwd: folder,
    // A group of its own: the workers that run the functions end with it.
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
