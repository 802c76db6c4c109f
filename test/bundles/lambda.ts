import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'

/** A shipped bundle in its own process, invoked through the Lambda Runtime API. */
export interface Lambda {
  invoke(event: unknown): Promise<unknown>
  /**
   * Invokes it, and waits until it asks for the next invocation.
   *
   * @param aheadMs how far the function's own clock is ahead of ours.
   */
  bill(event: unknown, aheadMs?: number): Promise<Bill>
  /** The import time of the bundle. */
  readonly initMs: number
  stop(): Promise<void>
}

/** The cost and the answer of an invocation. */
export interface Bill {
  readonly answer: unknown
  /** User and system time of the process since it last asked for work or, for the first invocation, since its start. */
  readonly cpuMs: number
  /** From the event to the answer, which is what Lambda bills. */
  readonly wallMs: number
}

const bootstrap = join(import.meta.dirname, 'bootstrap.mjs')
/** The longest timeout of our functions. */
const timeoutMs = 90_000

/**
 * Starts `index.mjs` of a folder as Lambda would.
 *
 * @param environment all variables of the function beside those that Lambda sets.
 */
export async function startLambda(
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<Lambda> {
  const events: { readonly event: unknown; readonly aheadMs: number }[] = []
  const answers = new Map<string, PromiseWithResolvers<unknown>>()
  let waiting: ServerResponse | undefined
  let number = 0
  let cpuMs = 0
  const ready = Promise.withResolvers<number>()
  let asked = Promise.withResolvers<number>()

  function hand(): void {
    if (waiting === undefined || events.length === 0) return
    const { event, aheadMs } = events.shift()!
    waiting
      .writeHead(200, {
        'lambda-runtime-aws-request-id': String(number),
        'lambda-runtime-deadline-ms': String(Date.now() + timeoutMs),
        'x-ahead-ms': String(aheadMs),
      })
      .end(JSON.stringify(event))
    waiting = undefined
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, id, outcome] = /\/invocation\/(\w+)(?:\/(\w+))?$/.exec(request.url ?? '') ?? []
    if (id === 'next') {
      ready.resolve(Number(request.headers['x-init-ms']))
      asked.resolve(Number(request.headers['x-cpu-ms']))
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
    // No PATH and no HOME, so that a bundle finds nothing of this machine.
    env: { AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`, ...environment },
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = collect(child)
  const died = once(child, 'exit').then(([code]) => {
    throw new Error(`the function ended with ${code}: ${said()}`)
  })
  died.catch(() => {})

  function invoke(event: unknown, aheadMs = 0): Promise<unknown> {
    number++
    const answer = Promise.withResolvers<unknown>()
    answers.set(String(number), answer)
    events.push({ event, aheadMs })
    hand()
    return Promise.race([answer.promise, died])
  }

  return {
    initMs: await Promise.race([ready.promise, died]),
    invoke,
    async bill(event, aheadMs = 0) {
      asked = Promise.withResolvers()
      const beforeMs = performance.now()
      const answer = await invoke(event, aheadMs)
      const wallMs = performance.now() - beforeMs
      const totalMs = await Promise.race([asked.promise, died])
      const bill = { answer, cpuMs: totalMs - cpuMs, wallMs }
      cpuMs = totalMs
      return bill
    },
    async stop() {
      child.kill()
      await died.catch(() => {})
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Collects the output of a process so far. */
function collect(child: ChildProcess): () => string {
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk
    })
  return () => said
}
