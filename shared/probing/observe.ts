import type { Vote } from '../check.ts'
import type { Finding, Phases, ProbeContext } from '../probers/prober.ts'
import { TargetError } from '../probers/prober.ts'
import { type ContextOptions, createContext, type Doing } from './context.ts'
import { ownFault } from './errno.ts'
import { cut, duration } from './wording.ts'

/** One check as one voter saw it. */
export interface Observation {
  readonly vote: Vote
  readonly phases: Phases
  /** What the prober adds for people, such as the days a certificate has left. */
  readonly note?: string
}

export interface ObserveOptions extends Omit<ContextOptions, 'signal' | 'onDoing'> {
  readonly timeoutMs: number
  /** Milliseconds this process was kept from running so far, see stall.ts. */
  stalledMs(): number
  /** Ends the observation early, as an abstention. */
  readonly signal?: AbortSignal | undefined
}

type Outcome =
  | { readonly end: 'finding'; readonly finding: Finding }
  | { readonly end: 'thrown'; readonly error: unknown }
  | { readonly end: 'timeout' }
  | { readonly end: 'stalled' }
  | { readonly end: 'stopped' }

// Made once: an error of its own for each check would cost a stack trace each, and nobody reads it.
const timeIsOver = new Error('the time of this check is over')
const hasEnded = new Error('this check has ended')

/**
 * The stopwatch and the hard timeout of one check. Never throws and never takes longer than `timeoutMs`
 * plus what this process was stalled, whatever the prober does; afterwards the prober's signal has aborted,
 * so that nothing it opened through its context is left.
 */
export async function observe(
  probe: (context: ProbeContext) => Promise<Finding>,
  options: ObserveOptions,
): Promise<Observation> {
  const { clock, timeoutMs } = options
  if (options.signal?.aborted) return abstain(tooLate)
  const controller = new AbortController()
  let doing: Doing = { phase: 'start', place: '' }
  const context = createContext({
    ...options,
    signal: controller.signal,
    onDoing: (now) => {
      doing = now
    },
  })

  const startMs = clock.monotonic()
  const stalledBeforeMs = options.stalledMs()
  const stalledMs = () => options.stalledMs() - stalledBeforeMs
  const probing = outcomeOf(probe, context)
  const bounds = watchBounds(options, stalledMs)
  try {
    const outcome = await Promise.race([probing, bounds.reached])
    const elapsedMs = clock.monotonic() - startMs
    if (outcome.end !== 'timeout') return observed(outcome, elapsedMs - stalledMs())
    const stoppedWhile = doing
    controller.abort(timeIsOver)
    return timedOut(await lastWord(probing, options), stoppedWhile, timeoutMs)
  } finally {
    bounds.cancel()
    controller.abort(hasEnded)
  }
}

async function outcomeOf(
  probe: (context: ProbeContext) => Promise<Finding>,
  context: ProbeContext,
): Promise<Outcome> {
  try {
    return { end: 'finding', finding: await probe(context) }
  } catch (error) {
    return { end: 'thrown', error }
  }
}

/** Waits for the timeout, prolonged by what this process was stalled meanwhile, or for the signal. */
function watchBounds({ clock, timeoutMs, signal }: ObserveOptions, stalledMs: () => number) {
  const { promise: reached, resolve } = Promise.withResolvers<Outcome>()
  const onAbort = () => resolve({ end: 'stopped' })
  let grantedMs = 0
  const onTime = () => {
    const owedMs = stalledMs() - grantedMs
    if (owedMs <= 0) return resolve({ end: 'timeout' })
    // A process that is kept from running as long as the check may last cannot judge anybody.
    if (grantedMs + owedMs > timeoutMs) return resolve({ end: 'stalled' })
    grantedMs += owedMs
    cancelTimer = clock.timer(owedMs, onTime)
  }
  let cancelTimer = clock.timer(timeoutMs, onTime)
  signal?.addEventListener('abort', onAbort, { once: true })
  return {
    reached,
    cancel() {
      cancelTimer()
      signal?.removeEventListener('abort', onAbort)
    },
  }
}

const tooLate = 'not probed in time'

/** A prober that was just stopped may still say what it had seen, if it does so at once. */
async function lastWord(probing: Promise<Outcome>, { clock }: ObserveOptions): Promise<Outcome> {
  const { promise: silence, resolve } = Promise.withResolvers<Outcome>()
  const cancel = clock.timer(0, () => resolve({ end: 'timeout' }))
  const outcome = await Promise.race([probing, silence])
  cancel()
  return outcome
}

function observed(outcome: Outcome, latencyMs: number): Observation {
  switch (outcome.end) {
    case 'finding': {
      const { finding } = outcome
      if (!finding.online) return offline(finding)
      const note = finding.note === undefined ? {} : { note: finding.note }
      return { vote: { vote: 'online', ms: Math.max(0, latencyMs) }, phases: finding.phases, ...note }
    }
    case 'thrown': {
      const { error } = outcome
      if (error instanceof TargetError) return offline({ reason: error.reason, detail: error.message })
      return abstain(ownFault(error))
    }
    case 'stalled':
      return abstain('this voter was itself stalled while it waited for the answer')
    case 'stopped':
    case 'timeout':
      return abstain(tooLate)
  }
}

function timedOut(lastWord: Outcome, doing: Doing, timeoutMs: number): Observation {
  if (lastWord.end === 'finding' && !lastWord.finding.online) return offline(lastWord.finding)
  // Whoever has asked the context for nothing was not with the target yet: dns asks our own resolvers so.
  if (lastWord.end === 'thrown' && doing.phase === 'start') return abstain(ownFault(lastWord.error))
  const within = duration(timeoutMs)
  switch (doing.phase) {
    case 'secret':
      return abstain(`a secret could not be read within ${within}`)
    case 'dns':
      return abstain(`our resolver did not answer for ${doing.place} within ${within}`)
    case 'connect':
      return offline({
        reason: 'timeout',
        detail: `no answer within ${within}: stopped while connecting to ${doing.place}`,
      })
    case 'tls':
      return offline({
        reason: 'timeout',
        detail: `no answer within ${within}: stopped in the TLS handshake with ${doing.place}`,
      })
    case 'answer':
      return offline({
        reason: 'timeout',
        detail: `no answer within ${within}: stopped while waiting for ${doing.place}`,
      })
    case 'start':
      return offline({ reason: 'timeout', detail: `no answer within ${within}` })
  }
}

function offline(
  found: Pick<Extract<Finding, { online: false }>, 'reason' | 'detail' | 'phases'>,
): Observation {
  return {
    vote: { vote: 'offline', reason: found.reason, detail: cut(found.detail) },
    phases: found.phases ?? {},
  }
}

function abstain(detail: string): Observation {
  return { vote: { vote: 'abstain', detail: cut(detail) }, phases: {} }
}
