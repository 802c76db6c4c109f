import { VoterError } from '../../network/fault.ts'
import { type EchoAnswer, type EchoOptions, maxWaitMs, type Undeliverable } from '../../raw/sockets.ts'
import type { ProbeContext } from '../prober.ts'
import type { IcmpTarget } from './target.ts'

/** The result of one probe's pings. */
export interface Pinged {
  readonly sent: number
  /** Round-trip times of the answered pings, in the order of sending. */
  readonly rttsUs: readonly number[]
  /** The last ICMP error received. */
  readonly error: Undeliverable | undefined
}

/** Minimum wait for missing pings; they get twice the time of the slowest answered one, if that is longer. */
const leastWaitMs = 1000

/**
 * Sends `count` pings, `intervalMs` apart, and waits until all are answered, the missing ones are late, or the probe's
 * time is over. Throws if none could be sent, because then nothing was lost.
 */
export function pingRepeatedly(
  ping: (options: Omit<EchoOptions, 'from'>) => Promise<EchoAnswer>,
  { count, intervalMs, size, ttl }: Pick<IcmpTarget, 'count' | 'intervalMs' | 'size' | 'ttl'>,
  { clock, lifetime }: Pick<ProbeContext, 'clock' | 'lifetime'>,
): Promise<Pinged> {
  return new Promise((resolve, reject) => {
    lifetime.throwIfOver()
    const waiting = lifetime.within()
    const rttsUs = new Array<number | undefined>(count).fill(undefined)
    let error: Undeliverable | undefined
    let begun = 0
    let sent = 0
    let ended = 0
    let cancelTimer = () => {}

    const finish = () => {
      if (sent > 0) resolve({ sent, rttsUs: rttsUs.filter((rtt) => rtt !== undefined), error })
      else reject(new VoterError('this voter could not send a ping in time'))
      cancelTimer()
      waiting.end(enough)
    }
    const onAnswer = (index: number, answer: EchoAnswer) => {
      ended++
      if (answer.answer === 'echo') rttsUs[index] = answer.rttUs
      if (answer.answer === 'error') error = answer
      if (ended === count) finish()
      else if (begun === count) awaitRest()
    }
    const awaitRest = () => {
      const slowestUs = Math.max(...rttsUs.filter((rtt) => rtt !== undefined))
      // Without any answer there is no bound but the timeout.
      if (slowestUs < 0) return
      cancelTimer()
      const sinceMs = clock.monotonic() - lastSentMs
      const waitMs = Math.max(leastWaitMs, (2 * slowestUs) / 1000) - sinceMs
      cancelTimer = clock.timer(Math.max(0, waitMs), finish)
    }
    let lastSentMs = 0
    const onSent = () => void sent++
    const send = () => {
      const index = begun++
      lastSentMs = clock.monotonic()
      ping({ size, ttl, timeoutMs: maxWaitMs, lifetime: waiting, onSent }).then(
        (answer) => onAnswer(index, answer),
        (failure: unknown) => {
          reject(failure)
          finish()
        },
      )
      if (begun < count) cancelTimer = clock.timer(intervalMs, send)
      else awaitRest()
    }
    lifetime.onEnd(finish)
    send()
  })
}

/** Ends the pings that are still waiting. Never shown. */
const enough = new Error('the pings are over')
