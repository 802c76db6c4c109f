import type { Clock } from '../clock.ts'
import { openByConnecting, type Way } from './by-connecting.ts'
import { int32, type Libc, SystemCallError } from './libc.ts'
import { domain, ipProtocol, option, socketAddress, socketType, writeSocketAddress } from './linux.ts'
import { parseAddress } from './packet/address.ts'
import type { RawSockets } from './sockets.ts'

/**
 * Half-open probes without CAP_NET_RAW. A connecting socket with TCP_QUICKACK off delays the last ACK of the handshake
 * (tcp(7)); closing it at once with SO_LINGER 0 sends RST instead. This is best effort: if the close comes later than
 * the delayed ACK, after about 40 ms, the service sees a connection.
 *
 * @param atOnce maximum open sockets; the rest waits.
 */
export function openQuickAck(libc: Libc, clock: Clock, atOnce: number): RawSockets {
  const off = int32(libc, 0)
  // `struct linger`: on, zero seconds.
  const linger = libc.allocate(8)
  linger.view.setInt32(0, 1, true)

  const begin = ({ to: { family, address }, port, from }: Way): number => {
    const type = socketType.stream | socketType.nonblock | socketType.cloexec
    const socket = libc.socket(domain[family], type, ipProtocol.tcp)
    const name = libc.allocate(socketAddress.bytes[family])
    try {
      libc.setOption(socket, ...option.quickAck, off)
      libc.setOption(socket, ...option.linger, linger)
      if (from !== undefined) {
        writeSocketAddress(name.view, 0, { family, address: parseAddress(from), port: 0 })
        libc.bind(socket, name)
      }
      writeSocketAddress(name.view, 0, { family, address: parseAddress(address), port })
      libc.connect(socket, name)
    } catch (error) {
      if (error instanceof SystemCallError && error.code === 'EINPROGRESS') return socket
      libc.close(socket)
      throw error
    }
    return socket
  }

  return openByConnecting(clock, {
    method: 'quickack',
    atOnce,
    connect(way, onEnd) {
      const socket = begin(way)
      let isOpen = true
      const close = () => {
        if (!isOpen) return
        isOpen = false
        watch.stop()
        libc.close(socket)
      }
      const watch = libc.watch(socket, { readable: false, writable: true }, () => {
        if (!isOpen) return
        const why = libc.pendingError(socket)
        close()
        onEnd(why)
      })
      return close
    },
  })
}
