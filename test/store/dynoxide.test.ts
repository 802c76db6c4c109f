import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { arch, platform } from 'node:process'
import { fileURLToPath } from 'node:url'
import { describe, test } from 'vitest'
import { createTable, localClient } from '../../functions/dev/cloud/database.ts'
import { type Started, storeContract } from './contract.ts'

// A second engine, so that the store relies on DynamoDB's behaviour and not on dynalite's.

const binary = fileURLToPath(new URL('../../node_modules/@dynoxide/linux-x64/dynoxide', import.meta.url))

if (existsSync(binary)) {
  describe('the store on dynoxide', () => {
    storeContract(start)
  })
} else {
  test.skip(`the store on dynoxide: its binary exists for linux-x64 only, this is ${platform}-${arch}, or optional packages were left out`, () => {})
}

async function start(): Promise<Started> {
  const port = await freePort()
  const engine = spawn(binary, ['--host', '127.0.0.1', '--port', String(port)])
  const ended = once(engine, 'close')
  // The engine prints this on stdout or stderr once it accepts requests.
  const listening = new Promise<void>((resolve) => {
    for (const output of [engine.stdout, engine.stderr]) {
      output.on('data', (text: Buffer) => text.includes('listening on') && resolve())
    }
  })
  const failed = ended.then(([code]) => Promise.reject(new Error(`dynoxide ended at once with ${code}`)))
  await Promise.race([listening, failed])
  failed.catch(() => {})

  const client = localClient(`http://127.0.0.1:${port}`)
  await createTable(client)
  return {
    client,
    async close() {
      client.destroy()
      engine.kill()
      await ended
    },
  }
}

/** A free port, because the engine cannot report one it chose itself. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
