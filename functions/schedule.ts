import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { Tick, VoterName } from '../shared/check.ts'
import { type Clock, sleep } from '../shared/clock.ts'
import { mapConcurrently } from '../shared/concurrency.ts'
import { anyHome } from '../shared/plan/homes.ts'
import { readJobs } from '../shared/plan/jobs.ts'
import { type PlanReader, planReader } from '../shared/plan/reader.ts'
import type { Job } from '../shared/plan/schedule.ts'
import { lambdaClientConfig } from './runtime/aws-client.ts'
import { systemClock } from './runtime/clock.ts'
import { homeStore } from './runtime/home.ts'
import { type Invocable, invocable, lazily } from './runtime/invocation.ts'
import { type Log, lambdaLog, nameOf } from './runtime/log.ts'
import { homeRegions, queueUrl, tableName, voterName } from './runtime/settings.ts'

/** What the Scheduler sends: the scheduled minute, `<aws.scheduler.scheduled-time>`. */
export interface ScheduleEvent {
  readonly time: string
}

export interface ScheduleDependencies {
  readonly voter: VoterName
  readonly plans: PlanReader
  readonly queue: SQSClient
  readonly queueUrl: string
  /** The queue counts a delay from the moment at which it is sent a job, as SQS does; the local one knows its tick. */
  readonly delaysFromSending?: boolean
  readonly clock: Clock
  readonly log: Log
}

/** SendMessageBatch takes at most ten entries (SQS quotas). */
const maxBatch = 10
/** So many batches are on their way at once: sent one after the other, the last of 600 jobs would be a second late. */
const batchesAtOnce = 10

/** A second counts as just begun for so long: jobs sent by then appear at most so much after their ticks. */
const beginningMs = 50

/**
 * At minute T queues everything this voter probes in [T+60, T+120), each job to appear at its tick: the
 * Scheduler fires anywhere within its minute, the queue's delay makes the ticks exact.
 */
export function createSchedule(
  dependencies: ScheduleDependencies,
): Invocable<ScheduleEvent, { queued: number }> {
  const { voter, plans, queue, queueUrl, delaysFromSending = false, clock, log } = dependencies
  return invocable(log, async ({ time }) => {
    const from = minuteOf(time, clock) + 60
    const to = from + 60
    const jobs = await readJobs(plans, voter, from, to)
    if (delaysFromSending && jobs.length > 0) await secondBegins(clock, jobs[0]!.tick)
    // SQS refuses some entries of a batch now and then; nobody would send them again in time but we.
    const refused = await sendAll(jobs)
    const lost = await sendAll(refused.map(({ job }) => job))
    if (lost.length > 0) {
      throw new Error(`the queue refused ${lost.length} of ${jobs.length} jobs: ${lost[0]!.why}`)
    }
    return { queued: jobs.length }
  })

  async function sendAll(jobs: readonly Job[]): Promise<readonly Refused[]> {
    const batches = Array.from({ length: Math.ceil(jobs.length / maxBatch) }, (_, index) =>
      jobs.slice(index * maxBatch, (index + 1) * maxBatch),
    )
    const { done } = await mapConcurrently(batchesAtOnce, batches, send)
    return done.flatMap(([, refused]) => refused)
  }

  /** Never fails: what could not be sent at all was refused. */
  async function send(jobs: readonly Job[]): Promise<readonly Refused[]> {
    const Entries = jobs.map((job, index) => ({
      Id: String(index),
      MessageBody: JSON.stringify(job),
      DelaySeconds: Math.max(0, Math.ceil(job.tick - clock.now() / 1000)),
    }))
    try {
      const { Failed = [] } = await queue.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }))
      return Failed.map(({ Id, Code }) => ({ job: jobs[Number(Id)]!, why: Code ?? 'no reason given' }))
    } catch (error) {
      return jobs.map((job) => ({ job, why: nameOf(error) }))
    }
  }
}

/**
 * Waits until a second begins. SQS delays by whole seconds: a job that is sent 0.7 s into a second appears 0.7 s after
 * its tick, and since each region is invoked at a moment of its own, they would probe up to a second apart. This costs
 * each of them half a second of waiting a minute, on average. Where the first tick comes before the next second does,
 * it does not wait.
 */
async function secondBegins(clock: Clock, first: Tick): Promise<void> {
  const intoMs = clock.now() % 1000
  const leftMs = 1000 - intoMs
  if (intoMs < beginningMs || clock.now() + leftMs > first * 1000) return
  // A timer may fire a millisecond early. A job that is sent just before the second begins would be a second late.
  await sleep(clock, leftMs + 2)
}

/** A job that the queue did not take. */
interface Refused {
  readonly job: Job
  readonly why: string
}

/** The scheduled minute in epoch seconds; the current one where the payload holds no time. */
function minuteOf(time: string, clock: Clock): number {
  const scheduledMs = Date.parse(time)
  return Math.floor((Number.isNaN(scheduledMs) ? clock.now() : scheduledMs) / 60_000) * 60
}

export const handler = lazily(() =>
  createSchedule({
    voter: voterName(),
    plans: planReader(anyHome(homeRegions().map((region) => homeStore(tableName(), region))), systemClock),
    queue: new SQSClient(lambdaClientConfig()),
    queueUrl: queueUrl(),
    delaysFromSending: true,
    clock: systemClock,
    log: lambdaLog('schedule'),
  }),
)
