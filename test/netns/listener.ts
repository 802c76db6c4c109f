import { createServer } from 'node:net'
import { answerEach } from './answering.ts'

// Listens on ports 9000–9063 of both IP versions and counts accepted connections; `accepts` requests the count.

let accepts = 0
const servers = Array.from({ length: 64 }, (_, index) => {
  const server = createServer((socket) => {
    accepts++
    socket.on('error', () => {})
    socket.destroy()
  })
  return new Promise<typeof server>((resolve) => {
    server.listen({ port: 9000 + index, host: '::', backlog: 4096 }, () => resolve(server))
  })
})
const listening = await Promise.all(servers)
await answerEach(async () => ({ accepts }))
for (const server of listening) server.close()
