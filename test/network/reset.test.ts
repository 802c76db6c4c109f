import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { reset } from '../../shared/network/reset.ts'

const module = fileURLToPath(new URL('../../shared/network/reset.ts', import.meta.url))

/** A program that connects, waits for the peer to close, and resets; if it spins, it never exits. */
const program = (port: number) => `
import { connect } from 'node:net'
import { reset } from ${JSON.stringify(module)}
const socket = connect(${port}, '127.0.0.1').resume()
socket.on('error', (error) => console.log(error.code))
socket.on('end', () => queueMicrotask(() => reset(socket)))
`

test('a connection that the other side has closed can be reset, and the process still ends', async () => {
  const server = createServer((socket) => void socket.on('error', () => {}).end('half an answer'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const child = spawn(process.execPath, ['--input-type=module', '-e', program(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (chunk) => {
    said += chunk
  })
  const stopped = setTimeout(() => child.kill('SIGKILL'), 10_000)
  const [code, signal] = await once(child, 'exit')
  clearTimeout(stopped)
  server.close()
  expect({ code, signal, said }).toEqual({ code: 0, signal: null, said: '' })
})

test('an open connection is reset', async () => {
  const { promise, resolve } = Promise.withResolvers<string>()
  const server = createServer((socket) => {
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  await once(socket, 'connect')
  reset(socket)
  expect(await promise).toBe('ECONNRESET')
  server.close()
})
