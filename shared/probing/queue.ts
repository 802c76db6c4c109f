import type { Job } from '../plan/schedule.ts'

/** A job and the delay, in whole seconds, after which it appears. */
export interface DelayedJob {
  readonly job: Job
  readonly delaySeconds: number
}

/** A job that the queue refused, and why. */
export interface RefusedJob {
  readonly job: Job
  readonly why: string
}

/** A delay queue: it holds each job until its tick. */
export interface Queue {
  /** Maximum jobs per `send`. */
  readonly maxBatch: number
  /** Sends a batch and returns the refused jobs. Never throws: if nothing could be sent, every job is refused. */
  send(batch: readonly DelayedJob[]): Promise<readonly RefusedJob[]>
}
