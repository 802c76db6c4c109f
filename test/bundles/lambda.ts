import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'

/** A shipped bundle in a process of its own, invoked through the Lambda Runtime API. */
export interface Lambda {
  invoke(event: unknown): Promise<unknown>
  /** Milliseconds that importing the bundle took. */
  readonly initMs: number
  stop(): Promise<void>
}

const bootstrap = join(import.meta.dirname, 'bootstrap.mjs')
/** The longest that any function of the project may take. */
const timeoutMs = 90_000

/**
 * Starts `index.mjs` of a folder as Lambda would.
 *
 * @param environment all that the function sees beside what Lambda itself sets.
 */
export async function startLambda(
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<Lambda> {
  const events: unknown[] = []
  const answers = new Map<string, PromiseWithResolvers<unknown>>()
  let waiting: ServerResponse | undefined
  let number = 0
  const ready = Promise.withResolvers<number>()

  function hand(): void {
    if (waiting === undefined || events.length === 0) return
    waiting
      .writeHead(200, {
        'lambda-runtime-aws-request-id': String(number),
        'lambda-runtime-deadline-ms': String(Date.now() + timeoutMs),
      })
      .end(JSON.stringify(events.shift()))
    waiting = undefined
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, id, outcome] = /\/invocation\/(\w+)(?:\/(\w+))?$/.exec(request.url ?? '') ?? []
    if (id === 'next') {
      ready.resolve(Number(request.headers['x-init-ms']))
      waiting = response
      return hand()
    }
    const body = JSON.parse(await text(request)) as unknown
    if (outcome === 'response') answers.get(id!)!.resolve(body)
    else answers.get(id!)!.reject(new Error((body as { errorMessage: string }).errorMessage))
    response.writeHead(202).end()
  }

  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const child = spawn(process.execPath, [bootstrap, pathToFileURL(join(folder, 'index.mjs')).href], {
    // No PATH, no HOME: a bundle finds nothing of this machine.
    env: { AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`, ...environment },
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = collect(child)
  const died = once(child, 'exit').then(([code]) => {
    throw new Error(`the function ended with ${code}: ${said()}`)
  })
  died.catch(() => {})

  return {
    initMs: await Promise.race([ready.promise, died]),
    async invoke(event) {
      number++
      const answer = Promise.withResolvers<unknown>()
      answers.set(String(number), answer)
      events.push(event)
      hand()
      return Promise.race([answer.promise, died])
    },
    async stop() {
      child.kill()
      await died.catch(() => {})
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** What a process has said so far. */
function collect(child: ChildProcess): () => string {
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk
    })
  return () => said
}
