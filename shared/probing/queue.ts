import type { Job } from '../plan/schedule.ts'

/** A job and after how many whole seconds it is to appear. */
export interface DelayedJob {
  readonly job: Job
  readonly delaySeconds: number
}

/** A job that the queue did not take, and why. */
export interface RefusedJob {
  readonly job: Job
  readonly why: string
}

/** Holds each job back until its tick. */
export interface Queue {
  /** The most jobs that one `send` takes. */
  readonly maxBatch: number
  /** Sends a batch. Never throws: where nothing could be sent, every job was refused. */
  send(batch: readonly DelayedJob[]): Promise<readonly RefusedJob[]>
}
