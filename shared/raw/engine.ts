import type { Clock } from '../clock.ts'
import type { Address } from '../probers/prober.ts'
import type { Lifetime } from '../probing/lifetime.ts'
import { createDestinations } from './destination.ts'
import { openEchoes } from './echo.ts'
import { openHalfOpen } from './half-open.ts'
import { type Libc, SystemCallError } from './libc.ts'
import { slotCount } from './slots.ts'
import type { RawSockets } from './sockets.ts'

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
    shake: (to, port, { timeoutMs, lifetime, from, onSent }) =>
      answered(lifetime, (settle, fail) => {
        const { halfOpen } = familyOf(to)
        return halfOpen.send({ to: destinationOf(to, from), port, timeoutMs, settle, fail, onSent })
      }),
    ping: (to, { timeoutMs, lifetime, from, onSent, size, ttl }) =>
      answered(lifetime, (settle, fail) => {
        const { echoes } = familyOf(to)
        return echoes.send({ to: destinationOf(to, from), size, ttl, timeoutMs, settle, fail, onSent })
      }),
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

/** What becomes of a probe. `begin` returns how to forget it, for when the lifetime is over first. */
function answered<Answer>(
  lifetime: Lifetime | undefined,
  begin: (settle: (answer: Answer) => void, fail: (error: Error) => void) => () => void,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    lifetime?.throwIfOver()
    const cancel = begin(resolve, reject)
    lifetime?.onEnd(() => {
      cancel()
      reject(lifetime.reason)
    })
  })
}
