import type { Tick, VoterName } from '../check.ts'
import { type Clock, sleep } from '../clock.ts'
import { mapConcurrently } from '../concurrency.ts'
import { readJobs } from '../plan/jobs.ts'
import type { PlanReader } from '../plan/reader.ts'
import type { Job } from '../plan/schedule.ts'
import type { Queue, RefusedJob } from './queue.ts'

export interface EnqueueContext {
  readonly voter: VoterName
  readonly plans: PlanReader
  readonly queue: Queue
  /** True if the queue counts a delay from the time of sending, as SQS does; the local queue delays until the tick. */
  readonly delaysFromSending?: boolean
  readonly clock: Clock
}

/** Maximum batches sent at once; one at a time, the last of 600 jobs would be a second late. */
const batchesAtOnce = 10

/** A second counts as just begun for this long, so jobs appear at most this much after their ticks. */
const beginningMs = 50

/**
 * At minute T, queues every job that this voter has in [T+60, T+120), each delayed to its tick. The Scheduler fires
 * anywhere within its minute; the queue's delay makes the ticks exact.
 *
 * @param minuteSeconds T, in epoch seconds.
 * @returns the number of queued jobs.
 * @throws when the queue refused a job twice.
 */
export async function enqueueMinute(minuteSeconds: number, context: EnqueueContext): Promise<number> {
  const { voter, plans, delaysFromSending = false, clock } = context
  const from = minuteSeconds + 60
  const jobs = await readJobs(plans, voter, from, from + 60)
  if (delaysFromSending && jobs.length > 0) await secondBegins(clock, jobs[0]!.tick)
  // SQS occasionally refuses entries of a batch. Only an immediate second try is in time.
  const refused = await sendAll(jobs, context)
  const lost = await sendAll(
    refused.map(({ job }) => job),
    context,
  )
  if (lost.length > 0) {
    throw new Error(`the queue refused ${lost.length} of ${jobs.length} jobs: ${lost[0]!.why}`)
  }
  return jobs.length
}

async function sendAll(
  jobs: readonly Job[],
  { queue, clock }: Pick<EnqueueContext, 'queue' | 'clock'>,
): Promise<readonly RefusedJob[]> {
  const batches = Array.from({ length: Math.ceil(jobs.length / queue.maxBatch) }, (_, index) =>
    jobs.slice(index * queue.maxBatch, (index + 1) * queue.maxBatch),
  )
  const { done } = await mapConcurrently(batchesAtOnce, batches, (batch) =>
    queue.send(
      batch.map((job) => ({
        job,
        delaySeconds: Math.max(0, Math.ceil(job.tick - clock.now() / 1000)),
      })),
    ),
  )
  return done.flatMap(([, refused]) => refused)
}

/**
 * Waits for the start of a second. SQS delays by whole seconds, so a job sent 0.7 s into a second appears 0.7 s after
 * its tick; since each region is invoked at a different moment, regions would probe up to a second apart. The wait
 * takes half a second a minute on average, and is skipped if the first tick is before the next second.
 */
async function secondBegins(clock: Clock, first: Tick): Promise<void> {
  const intoMs = clock.now() % 1000
  const leftMs = 1000 - intoMs
  if (intoMs < beginningMs || clock.now() + leftMs > first * 1000) return
  // A timer may fire a millisecond early, and a job sent just before the second starts would be a second late.
  await sleep(clock, leftMs + 2)
}
