import { Lifetime } from '../../shared/lifetime.ts'
import type { Address, IpVersion } from '../../shared/network/address.ts'
import { ownFault } from '../../shared/network/errno.ts'
import { probeWithIpv6Fallback } from '../../shared/network/ipv6-fallback.ts'
import type { createResolver } from '../../shared/network/resolve.ts'
import { shakeRepeatedly } from '../../shared/probers/half_open/attempts.ts'
import type { Method, RawSockets, SynAnswer } from '../../shared/raw/sockets.ts'
import { systemClock as clock } from '../runtime/clock.ts'
import type { Paint } from '../terminal/colour.ts'
import type { ShakeTarget } from './shake-targets.ts'

/** The result for one service: open, closed, filtered, the name of an ICMP error, or failed when we failed to probe. */
export interface Shaken {
  readonly address: string
  readonly ip?: string
  readonly result: string
  readonly rtt_us?: number
  readonly method: Method
  readonly detail?: string
}

export interface Shaking {
  readonly sockets: RawSockets
  readonly settings: ShakeSettings
  readonly resolve: ReturnType<typeof createResolver>['resolve']
}

/** The settings that apply to every service. */
export interface ShakeSettings {
  readonly timeoutMs: number
  readonly attempts: number
  readonly ip?: IpVersion
}

/** Resolves a service's name and shakes the service. Never throws. */
export async function shakeOne(
  target: ShakeTarget,
  { sockets, settings, resolve }: Shaking,
): Promise<Shaken> {
  const { method } = sockets
  const { host, port, text } = target
  const shakeAddress = (to: Address) => {
    const lifetime = new Lifetime()
    // One more turn of the event loop, so that an answer that arrived in time but is still unread counts.
    const onTimeout = () => {
      cancel = clock.timer(0, () => lifetime.end(timedOut))
    }
    let cancel = clock.timer(settings.timeoutMs, onTimeout)
    const attempts = { raw: sockets, to, port, attempts: settings.attempts }
    return shakeRepeatedly(attempts, { clock, lifetime, localAddress: () => undefined }).finally(() =>
      cancel(),
    )
  }
  try {
    const { found, to } = await probeWithIpv6Fallback({ host, ...settings }, { clock, resolve }, shakeAddress)
    const named = { address: text, ...(to.address !== host && { ip: to.address }) }
    return { ...named, ...resultOf(found.answer), method }
  } catch (error) {
    return { address: text, result: 'failed', method, detail: ownFault(error) }
  }
}

/** Ends the wait for one service; its message is never shown. */
const timedOut = new Error('timed out')

function resultOf(answer: SynAnswer): Pick<Shaken, 'result' | 'rtt_us' | 'detail'> {
  switch (answer.answer) {
    case 'open':
    case 'closed':
      return { result: answer.answer, rtt_us: answer.rttUs }
    case 'silent':
      return { result: 'filtered' }
    case 'error':
      return { result: answer.error, ...(answer.from !== undefined && { detail: `says ${answer.from}` }) }
  }
}

/** Renders a result such as `open  0.310 ms  example.com:443 (192.0.2.1)`. */
export function renderShaken(shaken: Shaken, paint: Paint): string {
  const { result, rtt_us, address, ip, detail, method } = shaken
  const rtt = rtt_us === undefined ? '' : `${(rtt_us / 1000).toFixed(3)} ms`
  const colour = result === 'open' ? 'green' : 'red'
  const remarks = [ip, detail, method === 'raw' ? undefined : `method: ${method}`]
  const details = remarks.filter((remark) => remark !== undefined).join(', ')
  return `${paint(colour, result.padEnd(16))} ${rtt.padStart(12)}  ${address}${details && ` (${details})`}`
}
