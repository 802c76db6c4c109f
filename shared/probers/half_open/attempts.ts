import type { Address } from '../../network/address.ts'
import { VoterError } from '../../network/fault.ts'
import {
  type Method,
  maxWaitMs,
  type RawSockets,
  type SendOptions,
  type SynAnswer,
} from '../../raw/sockets.ts'
import type { ProbeContext } from '../prober.ts'

/** A SYN without an answer is sent again after this time: TCP's first one (RFC 6298, section 2.1). */
const resendMs = 1000

export interface Attempts {
  readonly raw: RawSockets
  readonly to: Address
  readonly port: number
  readonly attempts: number
}

/**
 * How many attempts this method is good for. Where the system makes the connection, it repeats SYN by itself:
 * a second attempt beside the first would only double its packets.
 */
export function attemptsBy(method: Method, attempts: number): number {
  return method === 'raw' ? attempts : 1
}

/**
 * The answer to any of the SYNs, `silent` when the probe's time is over first; and how many have left. Throws
 * when none could: then it is not the target that was silent.
 *
 * An error of the network counts at once, as it does for the connections that Linux makes (RFC 5461): our own
 * system has asked three times for its neighbour before it says "host unreachable", and what a router says for
 * a moment is what a check's `delay` is for.
 */
export function shakeRepeatedly(
  { raw, to, port, attempts: asked }: Attempts,
  { clock, lifetime, localAddress }: Pick<ProbeContext, 'clock' | 'lifetime' | 'localAddress'>,
): Promise<{ readonly answer: SynAnswer; readonly sent: number }> {
  return new Promise((resolve, reject) => {
    lifetime.throwIfOver()
    const attempts = attemptsBy(raw.method, asked)
    const options: SendOptions = {
      timeoutMs: maxWaitMs,
      lifetime: lifetime.within(),
      from: localAddress(to),
      onSent: () => sent++,
    }
    let begun = 0
    let sent = 0
    let cancelTimer = () => {}
    const end = () => {
      cancelTimer()
      options.lifetime!.end(enough)
    }
    const attempt = () => {
      begun++
      raw.shake(to, port, options).then(
        (answer) => {
          // One packet's patience may end only after all of them were sent.
          if (answer.answer === 'silent' && begun < attempts) return
          resolve({ answer, sent })
          end()
        },
        (error: unknown) => {
          reject(error)
          end()
        },
      )
      if (begun < attempts) cancelTimer = clock.timer(resendMs, attempt)
    }
    lifetime.onEnd(() => {
      if (sent > 0) resolve({ answer: { answer: 'silent' }, sent })
      else reject(new VoterError('this voter could not send a SYN in time'))
      end()
    })
    attempt()
  })
}

/** Ends what still waits when an answer is there. Nobody reads it. */
const enough = new Error('another attempt was answered')
