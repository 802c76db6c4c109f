import { maxWaitMs, type RawSockets, type SynAnswer } from '../../raw/sockets.ts'
import type { Address, ProbeContext } from '../prober.ts'

/** A SYN without an answer is sent again after this time: TCP's first one (RFC 6298, section 2.1). */
const resendMs = 1000

export interface Attempts {
  readonly raw: RawSockets
  readonly to: Address
  readonly port: number
  readonly attempts: number
}

/** The answer to any of the SYNs, `silent` when the probe's time is over first; and how many were sent. */
export function shakeRepeatedly(
  { raw, to, port, attempts }: Attempts,
  { clock, lifetime }: Pick<ProbeContext, 'clock' | 'lifetime'>,
): Promise<{ readonly answer: SynAnswer; readonly sent: number }> {
  return new Promise((resolve, reject) => {
    lifetime.throwIfOver()
    const answered = lifetime.within()
    let sent = 0
    let cancelTimer = () => {}
    const end = () => {
      cancelTimer()
      answered.end(enough)
    }
    const attempt = () => {
      sent++
      raw.shake(to, port, { timeoutMs: maxWaitMs, lifetime: answered }).then(
        (answer) => {
          // One packet's patience may end only after all of them were sent.
          if (answer.answer === 'silent' && sent < attempts) return
          resolve({ answer, sent })
          end()
        },
        (error: unknown) => {
          reject(error)
          end()
        },
      )
      if (sent < attempts) cancelTimer = clock.timer(resendMs, attempt)
    }
    lifetime.onEnd(() => {
      resolve({ answer: { answer: 'silent' }, sent })
      end()
    })
    attempt()
  })
}

/** Ends what still waits when an answer is there. Nobody reads it. */
const enough = new Error('another attempt was answered')
