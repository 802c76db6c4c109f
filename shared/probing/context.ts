import type { Clock } from '../clock.ts'
import type { Lifetime } from '../lifetime.ts'
import type { Address } from '../network/address.ts'
import { datagram } from '../network/datagram.ts'
import { type DialContext, dial } from '../network/dial.ts'
import { TargetError } from '../network/fault.ts'
import { refusal } from '../network/guard.ts'
import { knownAddresses, type Resolver } from '../network/resolve.ts'
import type { ProbeContext } from '../probers/prober.ts'
import type { RawSockets } from '../raw/sockets.ts'
import { parseReference } from '../secrets/reference.ts'

/** The current phase of a probe, for the message about a timeout. */
export type Phase = 'start' | 'secret' | 'dns' | 'connect' | 'tls' | 'answer'

export interface ContextOptions {
  readonly clock: Clock
  readonly resolver: Resolver
  /** The check says `allow_private`. */
  readonly allowPrivate: boolean
  /** This voter honours `allowPrivate`: a runner or a local run, never a Lambda. */
  readonly privateAllowed: boolean
  localAddress?(target: Address): string | undefined
  secret(text: string): Promise<string>
  readonly raw?: RawSockets | undefined
}

/** Called at the start of each phase; `peer` is the host being looked up or the peer being talked to. */
export type Enter = (phase: Phase, peer: string) => void

/** Creates what a prober is given: its only access to the network, guarded, and closed with its lifetime. */
export function createContext(
  options: ContextOptions,
  lifetime: Lifetime,
  enter: Enter = () => {},
): ProbeContext {
  const { clock, resolver, allowPrivate } = options
  const localAddress = (target: Address) => options.localAddress?.(target)

  const resolve: ProbeContext['resolve'] = async (host, ip) => {
    enter('dns', host)
    const addresses = knownAddresses(host, ip) ?? (await lifetime.race(resolver.resolve(host, ip)))
    enter('answer', host)
    if (allowPrivate && options.privateAllowed) return addresses
    const allowed = addresses.filter(({ address }) => refusal(address) === undefined)
    if (allowed.length > 0) return allowed
    throw new TargetError('forbidden', refusal(addresses[0]!.address, allowPrivate)!)
  }
  const dialContext: DialContext = { lifetime, clock, resolve, localAddress, enter }

  return {
    lifetime,
    clock,
    resolve,
    localAddress,
    raw: options.raw,
    async secret(text) {
      if (parseReference(text) === undefined) return text
      enter('secret', '')
      const value = await lifetime.race(options.secret(text))
      enter('start', '')
      return value
    },
    dial: (target) => dial(target, dialContext),
    datagram: (target) => datagram(target, dialContext),
  }
}
