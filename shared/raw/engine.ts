import type { Clock } from '../clock.ts'
import type { Address } from '../probers/prober.ts'
import { createDestinations } from './destination.ts'
import { echoProbe, openEchoes } from './echo.ts'
import type { Probe } from './exchange.ts'
import { openHalfOpen, synProbe } from './half-open.ts'
import { type Libc, SystemCallError } from './libc.ts'
import { slotCount } from './slots.ts'
import type { RawSockets, SendOptions, Silence, Undeliverable } from './sockets.ts'

/**
 * Opens the raw sockets of both IP versions. Throws a `SystemCallError` without CAP_NET_RAW (`EPERM`). A
 * machine without IPv6 fails only the probes that need it.
 */
export function openRawSockets(libc: Libc, clock: Clock): RawSockets {
  const destinationOf = createDestinations(libc, clock)
  const families = { 4: openFamily(libc, clock, 4), 6: openFamily(libc, clock, 6) }
  let closed = false
  const familyOf = ({ family }: Address) => {
    const opened = families[family]
    if (opened instanceof SystemCallError) throw opened
    return opened
  }
  return {
    method: 'raw',
    atOnce: slotCount,
    async shake(to, port, options) {
      const { halfOpen } = familyOf(to)
      const destination = destinationOf(to, options.from)
      return answerTo(halfOpen, options, (outcome) => synProbe({ to: destination, port, ...outcome }))
    },
    async ping(to, options) {
      const { echoes } = familyOf(to)
      const { size, ttl } = options
      const destination = destinationOf(to, options.from)
      return answerTo(echoes, options, (outcome) => echoProbe({ to: destination, size, ttl, ...outcome }))
    },
    close() {
      if (closed) return
      closed = true
      for (const opened of Object.values(families)) {
        if (opened instanceof SystemCallError) continue
        opened.halfOpen.close()
        opened.echoes.close()
      }
    },
  }
}

/** Both engines of one IP version, or why this machine has none. */
function openFamily(libc: Libc, clock: Clock, family: 4 | 6) {
  try {
    const halfOpen = openHalfOpen(libc, clock, family)
    const echoes = openEchoes(libc, clock, family, halfOpen.onError)
    return { halfOpen, echoes }
  } catch (error) {
    const isMissing = error instanceof SystemCallError && error.code === 'EAFNOSUPPORT'
    if (isMissing) return error
    throw error
  }
}

interface Sender<P> {
  send(probe: P): void
  cancel(probe: P): void
}

type Outcome<Answer> = Omit<Probe<Answer>, 'slot'>

/** Sends one probe and waits for what becomes of it. */
function answerTo<Answer, P extends Probe<Answer>>(
  sender: Sender<P>,
  { timeoutMs, lifetime, onSent }: SendOptions,
  make: (outcome: Outcome<Answer>) => P,
): Promise<Answer | Undeliverable | Silence> {
  return new Promise((resolve, reject) => {
    lifetime?.throwIfOver()
    const probe = make({ timeoutMs, settle: resolve, fail: reject, onSent })
    sender.send(probe)
    lifetime?.onEnd(() => {
      sender.cancel(probe)
      reject(lifetime.reason)
    })
  })
}
