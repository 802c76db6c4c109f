import type { Vote } from '../check.ts'
import { Lifetime } from '../lifetime.ts'
import type { Phases } from '../network/connection.ts'
import { ownFault } from '../network/errno.ts'
import { TargetError, VoterError } from '../network/fault.ts'
import type { Finding, ProbeContext } from '../probers/prober.ts'
import { formatElapsed } from '../text/duration.ts'
import { truncateBytes } from '../text/truncate.ts'
import { type ContextOptions, createContext, type Phase } from './context.ts'

/** One voter's observation of one check. */
export interface Observation {
  readonly vote: Vote
  readonly phases: Phases
  /** A remark for people, such as the days a certificate has left. */
  readonly note?: string
}

export interface ObserveOptions extends ContextOptions {
  readonly timeoutMs: number
  /** Milliseconds for which this process has been stalled so far; see stall.ts. */
  stalledMs(): number
  /** When it ends early, the observation becomes an abstention. */
  readonly within?: Lifetime | undefined
}

type Outcome =
  | { readonly end: 'finding'; readonly finding: Finding }
  | { readonly end: 'thrown'; readonly error: unknown }
  | { readonly end: 'timeout' }
  | { readonly end: 'stalled' }
  | { readonly end: 'stopped' }

// Created once, because a new error for each check would cost a stack trace that is never read.
const timeIsOver = new Error('the time of this check is over')
const hasEnded = new Error('this check has ended')

const tooLate = 'not probed in time'

/**
 * Runs one check with a stopwatch and a hard timeout. Never throws and never takes longer than `timeoutMs` plus the
 * time this process was stalled, whatever the prober does. Afterwards the prober's lifetime is over, so everything
 * opened through its context is closed.
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
  let probeOutcome: Outcome | undefined
  const settle = (outcome: Outcome) => {
    probeOutcome = outcome
    end(outcome)
  }
  attempt(probe, context).then(
    (finding) => settle({ end: 'finding', finding }),
    (error: unknown) => settle({ end: 'thrown', error }),
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
  // A prober stopped by the timeout may still return what it has measured, if it does so immediately.
  await new Promise<void>((resolve) => void clock.timer(0, resolve))
  return timedOut(probeOutcome ?? outcome, stoppedIn, timeoutMs)
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

/** Ends the observation at the timeout, extended by the time this process is stalled; returns how to cancel it. */
function watchTime(
  { clock, timeoutMs }: ObserveOptions,
  stalledMs: () => number,
  end: (outcome: Outcome) => void,
): () => void {
  let grantedMs = 0
  const onTime = () => {
    const owedMs = stalledMs() - grantedMs
    if (owedMs <= 0) return end({ end: 'timeout' })
    // A process stalled for longer than the check's timeout cannot judge the target.
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
      // DynamoDB has no such number and would refuse the whole shard's ballot.
      if (!Number.isFinite(ms)) return abstain(`this voter measured ${ms} ms, which is not a latency`)
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

/** The phase of a check, and its peer, when the time was over. */
interface Stopped {
  readonly phase: Phase
  readonly peer: string
}

function timedOut(outcome: Outcome, { phase, peer }: Stopped, timeoutMs: number): Observation {
  // A prober that takes its own measurements may have had its answer before the time was over.
  const counts =
    (outcome.end === 'finding' && (!outcome.finding.online || outcome.finding.latencyMs !== undefined)) ||
    (outcome.end === 'thrown' && outcome.error instanceof TargetError)
  if (counts) return observed(outcome, timeoutMs)
  // A prober still in `start` has not contacted the target: `dns` asks our own resolvers in that phase.
  const isOurs = outcome.end === 'thrown' && (phase === 'start' || outcome.error instanceof VoterError)
  if (isOurs) return abstain(ownFault(outcome.error))
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
