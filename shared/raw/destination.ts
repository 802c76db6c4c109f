import type { Clock } from '../clock.ts'
import type { Address } from '../probers/prober.ts'
import { type Libc, SystemCallError } from './libc.ts'
import { domain, socketAddress, socketType, writeSocketAddress } from './linux.ts'
import { parseAddress } from './packet/address.ts'
import { sumPseudoHeader } from './packet/checksum.ts'
import { synBytes } from './packet/syn.ts'

/** An address in the form that packets need. */
export interface Destination {
  readonly family: 4 | 6
  readonly address: DataView
  /** For the checksum of a SYN. Of IPv6 the kernel knows it. */
  readonly pseudoSum: number | undefined
}

/** Routes change: a source address is looked up anew after this time. */
const knownForMs = 10_000
/** More destinations than anyone checks; then everything is looked up anew. */
const maxKnown = 16_384

/**
 * Turns addresses into destinations. IPv4's checksum covers the source address, which the kernel picks by
 * its routes: a connected UDP socket, which sends nothing, shows which one (connect(2), getsockname(2)).
 */
export function createDestinations(libc: Libc, clock: Clock) {
  const known = new Map<string, { readonly destination: Destination; readonly untilMs: number }>()
  const type = socketType.datagram | socketType.nonblock | socketType.cloexec

  const sourceOf = (address: DataView): DataView => {
    const socket = libc.socket(domain[4], type, 0)
    try {
      const name = libc.allocate(socketAddress.bytes[4])
      // Any port will do: nothing is sent.
      writeSocketAddress(name.view, 0, { family: 4, address, port: 9 })
      libc.connect(socket, name)
      libc.getsockname(socket, name)
      return new DataView(name.view.buffer, name.view.byteOffset + socketAddress.address[4], 4)
    } finally {
      libc.close(socket)
    }
  }

  /** Throws a `SystemCallError` where this machine has no route. */
  return (to: Address): Destination => {
    const nowMs = clock.monotonic()
    const entry = known.get(to.address)
    if (entry !== undefined && entry.untilMs > nowMs) return entry.destination
    if (known.size >= maxKnown) known.clear()
    // A zone would need the number of its interface, which the resolver and the guard know nothing of.
    if (to.address.includes('%')) throw new SystemCallError('EADDRNOTAVAIL', `an address of one link`)
    const address = parseAddress(to.address)
    const pseudoSum = to.family === 4 ? sumPseudoHeader(sourceOf(address), address, synBytes) : undefined
    const destination = { family: to.family, address, pseudoSum }
    known.set(to.address, { destination, untilMs: nowMs + knownForMs })
    return destination
  }
}
