import type { Clock } from '../clock.ts'
import { untilAborted } from '../network/abort.ts'
import { dial } from '../network/dial.ts'
import { refusal } from '../network/guard.ts'
import { knownAddresses, type Resolver } from '../network/resolve.ts'
import { type Address, type ProbeContext, TargetError } from '../probers/prober.ts'
import { parseReference } from '../secrets/reference.ts'
import { hostAndPort } from './wording.ts'

/** What a probe was doing last, for the sentence about a timeout. */
export interface Doing {
  readonly phase: 'start' | 'secret' | 'dns' | 'connect' | 'tls' | 'answer'
  /** The host that is looked up, or the place that is talked to. */
  readonly place: string
}

export interface ContextOptions {
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly resolver: Resolver
  /** The check says `allow_private`. */
  readonly allowPrivate: boolean
  /** This voter honours it: a runner or a local run, never a Lambda. */
  readonly privateAllowed: boolean
  localAddress?(target: Address): string | undefined
  secret(text: string): Promise<string>
  onDoing?(doing: Doing): void
}

/** What a prober is handed: the only way out, guarded, and dying with the signal. */
export function createContext(options: ContextOptions): ProbeContext {
  const { signal, clock, resolver, allowPrivate, onDoing } = options
  const localAddress = (target: Address) => options.localAddress?.(target)

  const resolve: ProbeContext['resolve'] = async (host, ip) => {
    onDoing?.({ phase: 'dns', place: host })
    const addresses = knownAddresses(host, ip) ?? (await untilAborted(resolver.resolve(host, ip), signal))
    onDoing?.({ phase: 'answer', place: host })
    if (allowPrivate && options.privateAllowed) return addresses
    const allowed = addresses.filter(({ address }) => refusal(address) === undefined)
    if (allowed.length > 0) return allowed
    throw new TargetError('forbidden', refusal(addresses[0]!.address, allowPrivate)!)
  }

  return {
    signal,
    clock,
    resolve,
    localAddress,
    async secret(text) {
      if (parseReference(text) === undefined) return text
      onDoing?.({ phase: 'secret', place: '' })
      const value = await untilAborted(options.secret(text), signal)
      onDoing?.({ phase: 'start', place: '' })
      return value
    },
    async dial(target) {
      const connection = await dial(target, {
        signal,
        clock,
        resolve,
        localAddress,
        enter: (phase, place) => onDoing?.({ phase, place }),
      })
      onDoing?.({ phase: 'answer', place: hostAndPort(target.host, target.port) })
      return connection
    },
  }
}
