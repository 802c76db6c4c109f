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

/** Time until a SYN without an answer is sent again: TCP's initial timeout (RFC 6298, section 2.1). */
const resendMs = 1000

export interface Attempts {
  readonly raw: RawSockets
  readonly to: Address
  readonly port: number
  readonly attempts: number
}

/**
 * The number of attempts for a method. If the system makes the connection, it repeats SYN by itself, so a second
 * attempt would only double its packets.
 */
export function attemptsBy(method: Method, attempts: number): number {
  return method === 'raw' ? attempts : 1
}

/**
 * Sends SYNs until one is answered; `silent` if the probe's time is over first. Also returns how many were sent, and
 * throws if none could be sent, because then the target was not silent.
 *
 * An error of the network counts at once, as for the connections that Linux makes (RFC 5461): our own system has asked
 * three times for its neighbour before it reports "host unreachable", and a check's `delay` covers a router's passing
 * errors.
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
          // An early packet may time out before all of them were sent.
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

/** Ends the other attempts once one is answered. Never shown. */
const enough = new Error('another attempt was answered')
