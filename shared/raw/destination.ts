import type { Clock } from '../clock.ts'
import type { Address } from '../network/address.ts'
import { type Libc, SystemCallError } from './libc.ts'
import { domain, socketAddress, socketType, writeSocketAddress } from './linux.ts'
import { formatAddress, parseAddress } from './packet/address.ts'
import { sumPseudoHeader } from './packet/checksum.ts'
import { synBytes } from './packet/syn.ts'

/** The destination and source address of packets, in binary form. */
export interface Destination {
  readonly family: 4 | 6
  readonly address: DataView
  readonly source: DataView
  /** For the checksum of a SYN. For IPv6 the kernel computes the checksum (ipv6(7)). */
  readonly pseudoSum: number | undefined
}

/** How long a source address is cached, because routes change. */
const knownForMs = 10_000
/** Maximum cached destinations; beyond it the cache is cleared, since a long list does not repeat addresses. */
const maxKnown = 4096

/**
 * Turns addresses into destinations. A connected UDP socket, which sends nothing, shows the source address that the
 * kernel would choose (connect(2), getsockname(2)). Packets then require this source: IPv4's checksum covers it, and a
 * rule that routes TCP differently must not make the checksum wrong.
 */
export function createDestinations(libc: Libc, clock: Clock) {
  const known = new Map<string, { readonly destination: Destination; readonly untilMs: number }>()
  /** The few addresses of this machine, shared by all destinations with that source. */
  const sources = new Map<string, DataView>()
  const names = { 4: libc.allocate(socketAddress.bytes[4]), 6: libc.allocate(socketAddress.bytes[6]) }
  const type = socketType.datagram | socketType.nonblock | socketType.cloexec

  const sourceOf = (family: 4 | 6, address: DataView, from: string | undefined): DataView => {
    const socket = libc.socket(domain[family], type, 0)
    try {
      const name = names[family]
      if (from !== undefined) {
        writeSocketAddress(name.view, 0, { family, address: parseAddress(from), port: 0 })
        libc.bind(socket, name)
      }
      // Any port, because nothing is sent.
      writeSocketAddress(name.view, 0, { family, address, port: 9 })
      libc.connect(socket, name)
      libc.getsockname(socket, name)
      const text = formatAddress(name.view, socketAddress.address[family], family)
      const source = sources.get(text) ?? parseAddress(text)
      sources.set(text, source)
      return source
    } finally {
      libc.close(socket)
    }
  }

  /**
   * @param from the required source address, if any.
   * @throws {SystemCallError} if this machine has no route or no such source address.
   */
  return ({ family, address: text }: Address, from: string | undefined): Destination => {
    const nowMs = clock.monotonic()
    const key = from === undefined ? text : `${from} ${text}`
    const entry = known.get(key)
    if (entry !== undefined && entry.untilMs > nowMs) return entry.destination
    if (known.size >= maxKnown) {
      known.clear()
      sources.clear()
    }
    // A zone would need the number of its interface, which neither the resolver nor the guard knows.
    if (text.includes('%')) throw new SystemCallError('EADDRNOTAVAIL', `an address of one link`)
    const address = parseAddress(text)
    const source = sourceOf(family, address, from)
    const pseudoSum = family === 4 ? sumPseudoHeader(source, address, synBytes) : undefined
    const destination = { family, address, source, pseudoSum }
    known.set(key, { destination, untilMs: nowMs + knownForMs })
    return destination
  }
}
