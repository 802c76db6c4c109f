import type { SQSClient } from '@aws-sdk/client-sqs'
import { type Tick, tickAtOrAfter, type VoterName } from '../../../shared/check.ts'
import type { PlanReader } from '../../../shared/plan/reader.ts'
import type { CastContext } from '../../../shared/probing/cast.ts'
import { createProbe } from '../../probe.ts'
import type { Log } from '../../runtime/log.ts'
import { sqsQueue } from '../../runtime/sqs-queue.ts'
import { createSchedule } from '../../schedule.ts'
import { localContext as context } from './context.ts'
import type { Answer } from './endpoint.ts'
import { type DelayQueue, delayQueue } from './queue.ts'

/**
 * The voters of a local run, each with its own schedule, queue and probe. Runners are simulated like regions, with the
 * raw sockets from the options; the real daemon is `upquorum runner`.
 */
export interface Voters {
  /** Answers SQS's `SendMessageBatch` for the queues of all voters. */
  sendBatch(body: string): Answer
  /** Starts voting. */
  begin(): void
  /** Called every minute, as by the Scheduler. */
  schedule(minuteMs: number): void
  /** Drops the jobs that have not appeared yet. */
  clear(): void
  /** Drops the jobs that have not appeared yet, and every job sent later. */
  end(): void
}

export interface VotersOptions extends Omit<CastContext, 'voter' | 'localAddress'> {
  readonly names: readonly VoterName[]
  readonly queue: SQSClient
  /** The URL of the queues; a queue's own URL is this, a slash and the voter's name. */
  readonly queuesUrl: string
  readonly localAddressOf: (voter: VoterName) => NonNullable<CastContext['localAddress']>
  readonly log: Log
  invoke(act: () => Promise<unknown>): void
}

export function playVoters(options: VotersOptions): Voters {
  const { names, clock, queue, queuesUrl, localAddressOf, log, invoke } = options
  const queues = new Map<string, DelayQueue>()
  let beginsAt = 0 as Tick
  let hasEnded = false
  // Plans take effect when voting starts, so no earlier tick is scheduled.
  const plans = since(options.plans, () => beginsAt)
  const schedules = names.map((voter) => {
    const probe = createProbe({ ...options, voter, localAddress: localAddressOf(voter) }, log)
    queues.set(
      voter,
      delayQueue(clock, (event) => invoke(() => probe(event, context))),
    )
    return createSchedule({ voter, plans, queue: sqsQueue(queue, `${queuesUrl}/${voter}`), clock }, log)
  })

  function schedule(minuteMs: number): void {
    const event = { time: new Date(minuteMs).toISOString() }
    for (const one of schedules) invoke(() => one(event, context))
  }

  function clear(): void {
    for (const one of queues.values()) one.clear()
  }

  return {
    sendBatch(body) {
      const { QueueUrl } = JSON.parse(body) as { QueueUrl: string }
      const addressed = queues.get(QueueUrl.slice(QueueUrl.lastIndexOf('/') + 1))!
      const answer = addressed.sendBatch(body)
      if (hasEnded) addressed.clear()
      return answer
    },
    begin() {
      beginsAt = tickAtOrAfter(clock.now() / 1000, 1)
      const minuteMs = Math.floor(clock.now() / 60_000) * 60_000
      // Jobs are queued one minute ahead, so the current minute and the next one are queued now.
      schedule(minuteMs - 60_000)
      schedule(minuteMs)
    },
    schedule,
    clear,
    end() {
      hasEnded = true
      clear()
    },
  }
}

/** Wraps a plan reader so that no plan takes effect before `first`. */
function since(plans: PlanReader, first: () => Tick): PlanReader {
  return {
    ...plans,
    entries: async () =>
      (await plans.entries()).map(({ version, from }) => ({
        version,
        from: Math.max(from, first()) as Tick,
      })),
  }
}
