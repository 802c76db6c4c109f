import { systemClock } from '../../functions/runtime/clock.ts'
import { loadLibc } from '../../functions/runtime/koffi.ts'
import { openSockets } from '../../functions/runtime/raw.ts'
import type { Address } from '../../shared/network/address.ts'
import { openRawSockets } from '../../shared/raw/engine.ts'
import { option } from '../../shared/raw/linux.ts'
import type { Method, RawSockets } from '../../shared/raw/sockets.ts'
import { answerEach } from './answering.ts'

// Probes targets on request, with the method that was opened last.

export type Question =
  | { readonly open: Method | 'best' | 'default buffers' }
  | ({ readonly shake: Address; readonly port: number } & Common)
  | ({ readonly ping: Address; readonly size: number; readonly ttl?: number } & Common)
  | { readonly flood: Address; readonly count: number; readonly inFlight: number; readonly timeoutMs: number }

interface Common {
  readonly timeoutMs: number
  readonly from?: string
}

let sockets: RawSockets | undefined

await answerEach(async (question: Question) => {
  try {
    return await answer(question)
  } catch (error) {
    return { thrown: (error as NodeJS.ErrnoException).code ?? String(error) }
  }
})
sockets?.close()

async function answer(question: Question): Promise<unknown> {
  if ('open' in question) {
    sockets?.close()
    sockets = undefined
    if (question.open === 'default buffers') {
      sockets = openRawSockets(withoutLargeBuffers(), systemClock)
      return { method: 'raw' }
    }
    const opened = await openSockets(question.open === 'best' ? undefined : question.open)
    sockets = opened.sockets
    return { method: opened.sockets.method, caveat: opened.caveat }
  }
  if ('shake' in question) return sockets!.shake(question.shake, question.port, question)
  if ('ping' in question) return sockets!.ping!(question.ping, question)
  return flood(question)
}

/** Runs `count` half-open probes of the 64 ports, a fixed number at once; returns the count of each result. */
async function flood({ flood, count, inFlight, timeoutMs }: Extract<Question, { flood: Address }>) {
  const tally: Record<string, number> = {}
  const rttsUs: number[] = []
  let begun = 0
  const startMs = performance.now()
  const lane = async () => {
    while (begun < count) {
      const port = 9000 + (begun++ % 64)
      const answer = await sockets!.shake(flood, port, { timeoutMs })
      tally[answer.answer] = (tally[answer.answer] ?? 0) + 1
      if ('rttUs' in answer) rttsUs.push(answer.rttUs)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, lane))
  rttsUs.sort((a, b) => a - b)
  return { tally, medianUs: rttsUs[rttsUs.length >> 1], tookMs: performance.now() - startMs }
}

/** Ignores requests for larger buffers, as an untuned system does for a process without CAP_NET_ADMIN. */
function withoutLargeBuffers() {
  const libc = loadLibc()
  const buffers: readonly (readonly [number, number])[] = [option.receiveBuffer, option.receiveBufferForce]
  return {
    ...libc,
    setOption(...args: Parameters<typeof libc.setOption>) {
      const [, level, name] = args
      if (!buffers.some((one) => one[0] === level && one[1] === name)) libc.setOption(...args)
    },
  }
}
