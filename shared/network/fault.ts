import type { Reason } from '../check.ts'

/** The target is at fault; thrown so that it need not be returned through every caller. */
export class TargetError extends Error {
  readonly reason: Reason

  constructor(reason: Reason, detail: string) {
    super(detail)
    this.name = 'TargetError'
    this.reason = reason
  }
}

/**
 * Our own fault: thrown at the end of a lifetime if nothing could be sent to the target at all. Without it, a timeout
 * counts as the target's.
 */
export class VoterError extends Error {
  constructor(detail: string) {
    super(detail)
    this.name = 'VoterError'
  }
}
