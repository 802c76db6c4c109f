import { createServer } from 'node:net'
import { answerEach } from './answering.ts'

// A service on ports within the source port range of half-open probes: 12000–12063 of both IP versions.

let accepts = 0
const servers = Array.from({ length: 64 }, (_, index) => {
  const server = createServer((socket) => {
    accepts++
    socket.on('error', () => {}).destroy()
  })
  return new Promise<typeof server>((resolve) => {
    server.listen({ port: 12_000 + index, host: '::' }, () => resolve(server))
  })
})
const listening = await Promise.all(servers)
await answerEach(async () => ({ accepts }))
for (const server of listening) server.close()
