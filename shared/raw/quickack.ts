import type { Clock } from '../clock.ts'
import type { Address } from '../probers/prober.ts'
import { connectAnswer } from './errno-answer.ts'
import { int32, type Libc, SystemCallError } from './libc.ts'
import { domain, ipProtocol, option, socketAddress, socketType, writeSocketAddress } from './linux.ts'
import { parseAddress } from './packet/address.ts'
import type { RawSockets, SendOptions, SynAnswer } from './sockets.ts'

/**
 * Half-open probes without CAP_NET_RAW. A connecting socket with TCP_QUICKACK off puts off the last ACK of
 * the handshake (tcp(7)); closing it at once with SO_LINGER 0 sends RST instead. That is best effort: where
 * the closing comes later than the put-off ACK, some 40 ms, the service sees a connection.
 */
export function openQuickAck(libc: Libc, clock: Clock): RawSockets {
  const off = int32(libc, 0)
  // `struct linger`: on, zero seconds.
  const linger = libc.allocate(8)
  linger.view.setInt32(0, 1, true)
  const watched = new Set<() => void>()

  const open = (to: Address, port: number): number => {
    const type = socketType.stream | socketType.nonblock | socketType.cloexec
    const socket = libc.socket(domain[to.family], type, ipProtocol.tcp)
    try {
      libc.setOption(socket, ...option.quickAck, off)
      libc.setOption(socket, ...option.linger, linger)
      const name = libc.allocate(socketAddress.bytes[to.family])
      writeSocketAddress(name.view, 0, { family: to.family, address: parseAddress(to.address), port })
      libc.connect(socket, name)
    } catch (error) {
      if (error instanceof SystemCallError && error.code === 'EINPROGRESS') return socket
      libc.close(socket)
      throw error
    }
    return socket
  }

  const shake = (to: Address, port: number, { timeoutMs, lifetime }: SendOptions) =>
    new Promise<SynAnswer>((resolve, reject) => {
      lifetime?.throwIfOver()
      const startMs = clock.monotonic()
      const socket = open(to, port)
      let over = false
      const end = () => {
        if (over) return
        over = true
        watch.stop()
        cancelTimer()
        watched.delete(end)
        libc.close(socket)
      }
      const watch = libc.watch(socket, { readable: false, writable: true }, () => {
        if (over) return
        const rttUs = Math.round((clock.monotonic() - startMs) * 1e3)
        const code = libc.pendingError(socket)
        end()
        const answer = connectAnswer(code, rttUs)
        if (answer === undefined) reject(new SystemCallError(code!, 'connect'))
        else resolve(answer)
      })
      const cancelTimer = clock.timer(timeoutMs, () => {
        end()
        resolve({ answer: 'silent' })
      })
      watched.add(end)
      lifetime?.onEnd(() => {
        end()
        reject(lifetime.reason)
      })
    })

  return {
    method: 'quickack',
    async shake(to, port, options) {
      return shake(to, port, options).catch((error: unknown) => {
        // Refused before the call came back, as on loopback.
        const refused = error instanceof SystemCallError && error.code === 'ECONNREFUSED'
        if (refused) return { answer: 'closed', rttUs: 0 }
        throw error
      })
    },
    close() {
      for (const end of watched) end()
    },
  }
}
