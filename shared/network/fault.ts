import type { Reason } from '../check.ts'

/** The target's own fault, thrown where returning it would have to pass through many hands. */
export class TargetError extends Error {
  readonly reason: Reason

  constructor(reason: Reason, detail: string) {
    super(detail)
    this.name = 'TargetError'
    this.reason = reason
  }
}

/**
 * Our own fault, thrown at the end of a lifetime by who was kept from asking the target at all. Without this
 * word a timeout is the target's.
 */
export class VoterError extends Error {
  constructor(detail: string) {
    super(detail)
    this.name = 'VoterError'
  }
}
