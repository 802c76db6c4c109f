import type { Clock } from '../clock.ts'
import type { Lifetime } from '../lifetime.ts'
import type { Address } from '../network/address.ts'
import { createDestinations } from './destination.ts'
import { openEchoes } from './echo.ts'
import { openHalfOpen } from './half-open.ts'
import { type Libc, SystemCallError } from './libc.ts'
import { slotCount } from './slots.ts'
import type { RawSockets } from './sockets.ts'

/** The half-open probes or the pings of one IP version. */
interface Closable {
  close(): void
}

/**
 * Opens the raw sockets of both IP versions. Throws a `SystemCallError` without CAP_NET_RAW (`EPERM`). Without IPv6,
 * only probes that need it fail.
 */
export function openRawSockets(libc: Libc, clock: Clock): RawSockets {
  const destinationOf = createDestinations(libc, clock)
  const opened: Closable[] = []
  const close = () => {
    for (const one of opened.splice(0)) one.close()
  }
  /** Opens both engines of one IP version, or returns why this machine has none. */
  const openFamily = (family: 4 | 6) => {
    try {
      const halfOpen = openHalfOpen(libc, clock, family)
      opened.push(halfOpen)
      const echoes = openEchoes(libc, clock, family, halfOpen.onError)
      opened.push(echoes)
      return { halfOpen, echoes }
    } catch (error) {
      if (error instanceof SystemCallError && error.code === 'EAFNOSUPPORT') return error
      close()
      throw error
    }
  }
  const families = { 4: openFamily(4), 6: openFamily(6) }
  const familyOf = ({ family }: Address) => {
    const found = families[family]
    if (found instanceof SystemCallError) throw found
    return found
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
    close,
  }
}

/** The outcome of a probe. `begin` returns a function that cancels it, for the end of the lifetime. */
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
