import type { Vote } from '../check.ts'
import { Lifetime } from '../lifetime.ts'
import type { Phases } from '../network/connection.ts'
import { ownFault } from '../network/errno.ts'
import { TargetError, VoterError } from '../network/fault.ts'
import type { Finding, ProbeContext } from '../probers/prober.ts'
import { formatElapsed } from '../text/duration.ts'
import { truncateBytes } from '../text/truncate.ts'
import { type ContextOptions, createContext, type Phase } from './context.ts'

/** One check as one voter saw it. */
export interface Observation {
  readonly vote: Vote
  readonly phases: Phases
  /** What the prober adds for people, such as the days a certificate has left. */
  readonly note?: string
}

export interface ObserveOptions extends ContextOptions {
  readonly timeoutMs: number
  /** Milliseconds this process was kept from running so far, see stall.ts. */
  stalledMs(): number
  /** Its end ends the observation early, as an abstention. */
  readonly within?: Lifetime | undefined
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

const tooLate = 'not probed in time'

/**
 * The stopwatch and the hard timeout of one check. Never throws and never takes longer than `timeoutMs`
 * plus what this process was stalled, whatever the prober does; afterwards the prober's lifetime is over,
 * so that nothing it opened through its context is left.
 */
export async function observe(
  probe: (context: ProbeContext) => Promise<Finding>,
  options: ObserveOptions,
): Promise<Observation> {
  const { clock, timeoutMs, within } = options
  if (within?.reason !== undefined) return abstain(tooLate)
  const lifetime = new Lifetime()
  let phase: Phase = 'start'
  let peer = ''
  const context = createContext(options, lifetime, (nextPhase, nextPeer) => {
    phase = nextPhase
    peer = nextPeer
  })

  const startMs = clock.monotonic()
  const stalledBeforeMs = options.stalledMs()
  const stalledMs = () => options.stalledMs() - stalledBeforeMs
  const { promise: ending, resolve: end } = Promise.withResolvers<Outcome>()
  let said: Outcome | undefined
  const say = (outcome: Outcome) => {
    said = outcome
    end(outcome)
  }
  attempt(probe, context).then(
    (finding) => say({ end: 'finding', finding }),
    (error: unknown) => say({ end: 'thrown', error }),
  )
  const cancelTimeout = watchTime(options, stalledMs, end)
  within?.onEnd(() => end({ end: 'stopped' }))

  const outcome = await ending
  const elapsedMs = clock.monotonic() - startMs
  cancelTimeout()
  if (outcome.end !== 'timeout') {
    lifetime.end(hasEnded)
    return observed(outcome, elapsedMs - stalledMs())
  }
  const stoppedIn = { phase, peer }
  lifetime.end(timeIsOver)
  // A prober that was just stopped may still say what it had seen, if it does so at once.
  await new Promise<void>((resolve) => void clock.timer(0, resolve))
  return timedOut(said ?? outcome, stoppedIn, timeoutMs)
}

function attempt(
  probe: (context: ProbeContext) => Promise<Finding>,
  context: ProbeContext,
): Promise<Finding> {
  try {
    return probe(context)
  } catch (error) {
    return Promise.reject(error)
  }
}

/** Waits for the timeout, prolonged by what this process was stalled meanwhile; returns how to stop it. */
function watchTime(
  { clock, timeoutMs }: ObserveOptions,
  stalledMs: () => number,
  end: (outcome: Outcome) => void,
): () => void {
  let grantedMs = 0
  const onTime = () => {
    const owedMs = stalledMs() - grantedMs
    if (owedMs <= 0) return end({ end: 'timeout' })
    // A process that is kept from running as long as the check may last cannot judge anybody.
    if (grantedMs + owedMs > timeoutMs) return end({ end: 'stalled' })
    grantedMs += owedMs
    cancel = clock.timer(owedMs, onTime)
  }
  let cancel = clock.timer(timeoutMs, onTime)
  return () => cancel()
}

function observed(outcome: Outcome, latencyMs: number): Observation {
  switch (outcome.end) {
    case 'finding': {
      const { finding } = outcome
      if (!finding.online) return offline(finding)
      const note = finding.note === undefined ? {} : { note: finding.note }
      const ms = finding.latencyMs ?? Math.max(0, latencyMs)
      // No number of the table: the whole shard's ballot would be refused for it.
      if (!Number.isFinite(ms)) return abstain(`this voter measured ${ms} ms, which is no latency`)
      const method = finding.method === undefined ? {} : { method: finding.method }
      return { vote: { vote: 'online', ms, ...method }, phases: finding.phases, ...note }
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

/** Where a check was when its time was over. */
interface Stopped {
  readonly phase: Phase
  readonly peer: string
}

function timedOut(lastWord: Outcome, { phase, peer }: Stopped, timeoutMs: number): Observation {
  // A prober that measures by itself may have had its answer before the time was over.
  const counts =
    lastWord.end === 'finding' && (!lastWord.finding.online || lastWord.finding.latencyMs !== undefined)
  if (counts) return observed(lastWord, timeoutMs)
  // Whoever has asked the context for nothing was not with the target yet: dns asks our own resolvers so.
  const isOurs = lastWord.end === 'thrown' && (phase === 'start' || lastWord.error instanceof VoterError)
  if (isOurs) return abstain(ownFault(lastWord.error))
  const within = formatElapsed(timeoutMs)
  switch (phase) {
    case 'secret':
      return abstain(`a secret could not be read within ${within}`)
    case 'dns':
      return abstain(`our resolver did not answer for ${peer} within ${within}`)
    case 'connect':
      return offline({
        reason: 'timeout',
        detail: `no answer within ${within}: stopped while connecting to ${peer}`,
      })
    case 'tls':
      return offline({
        reason: 'timeout',
        detail: `no answer within ${within}: stopped in the TLS handshake with ${peer}`,
      })
    case 'answer':
      return offline({
        reason: 'timeout',
        detail: `no answer within ${within}: stopped while waiting for ${peer}`,
      })
    case 'start':
      return offline({ reason: 'timeout', detail: `no answer within ${within}` })
  }
}

function offline(
  found: Pick<Extract<Finding, { online: false }>, 'reason' | 'detail' | 'phases'>,
): Observation {
  return {
    vote: { vote: 'offline', reason: found.reason, detail: truncateBytes(found.detail) },
    phases: found.phases ?? {},
  }
}

function abstain(detail: string): Observation {
  return { vote: { vote: 'abstain', detail: truncateBytes(detail) }, phases: {} }
}
