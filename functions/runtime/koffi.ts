import koffi from 'koffi'
import { type Libc, type Memory, SystemCallError } from '../../shared/raw/libc.ts'
import { messageHeader, option } from '../../shared/raw/linux.ts'

/** MSG_DONTWAIT (recv(2)), although the sockets are non-blocking anyway. */
const dontWait = 0x40
const clockRealtime = 0

/** Loads this process's C library (glibc or musl) through koffi. Linux on x64 and arm64 only. */
export function loadLibc(): Libc {
  const library = koffi.load(null)
  // `void *` takes a buffer, which cannot be garbage-collected during the call. The calls of every probe take its
  // address (`intptr_t`) instead, which is faster; the owner of the `Memory` must keep it alive.
  const call = {
    socket: library.func('int socket(int, int, int)'),
    setsockopt: library.func('int setsockopt(int, int, int, void *, uint)'),
    getsockopt: library.func('int getsockopt(int, int, int, void *, void *)'),
    bind: library.func('int bind(int, void *, uint)'),
    connect: library.func('int connect(int, void *, uint)'),
    getsockname: library.func('int getsockname(int, void *, void *)'),
    close: library.func('int close(int)'),
    send: library.func('intptr_t send(int, void *, size_t, int)'),
    sendmmsg: library.func('int sendmmsg(int, intptr_t, uint, int)'),
    recvmmsg: library.func('int recvmmsg(int, intptr_t, uint, int, intptr_t)'),
    clock_gettime: library.func('int clock_gettime(int, intptr_t)'),
  }
  // Some errno values have two names (errno(3)). The first one wins, such as EAGAIN over EWOULDBLOCK.
  const codes = new Map(
    Object.entries(koffi.os.errno)
      .toReversed()
      .map(([name, number]) => [number, name]),
  )
  const nameOf = (errno: number) => codes.get(errno) ?? `errno ${errno}`
  const lastError = () => nameOf(koffi.errno())
  const checked = (result: number, name: string): number => {
    if (result < 0) throw new SystemCallError(lastError(), name)
    return result
  }
  const allocate = (byteLength: number): Memory => {
    const buffer = new ArrayBuffer(byteLength)
    return { view: new DataView(buffer), address: Number(koffi.address(buffer)) }
  }
  const time = allocate(16)
  const length = allocate(4)
  const number = allocate(4)

  return {
    allocate,
    socket: (domain, type, protocol) => checked(call.socket(domain, type, protocol), 'socket'),
    setOption(socket, level, name, value) {
      checked(call.setsockopt(socket, level, name, value.view.buffer, value.view.byteLength), 'setsockopt')
    },
    pendingError(socket) {
      length.view.setUint32(0, 4, true)
      const [level, name] = option.error
      checked(call.getsockopt(socket, level, name, number.view.buffer, length.view.buffer), 'getsockopt')
      const errno = number.view.getInt32(0, true)
      return errno === 0 ? undefined : nameOf(errno)
    },
    bind(socket, address) {
      checked(call.bind(socket, address.view.buffer, address.view.byteLength), 'bind')
    },
    connect(socket, address) {
      checked(call.connect(socket, address.view.buffer, address.view.byteLength), 'connect')
    },
    getsockname(socket, address) {
      length.view.setUint32(0, address.view.byteLength, true)
      checked(call.getsockname(socket, address.view.buffer, length.view.buffer), 'getsockname')
    },
    close: (socket) => void call.close(socket),
    send(socket, data) {
      checked(call.send(socket, data.view.buffer, data.view.byteLength, dontWait), 'send')
    },
    sendmmsg: (socket, messages, first, count) =>
      call.sendmmsg(socket, messages.address + first * messageHeader.bytes, count, dontWait),
    recvmmsg: (socket, messages, count) => call.recvmmsg(socket, messages.address, count, dontWait, 0),
    lastError,
    realtimeUs() {
      call.clock_gettime(clockRealtime, time.address)
      // `struct timespec`. The low 32 bits of its seconds last until 2106.
      return time.view.getUint32(0, true) * 1e6 + time.view.getUint32(8, true) / 1e3
    },
    watch(socket, events, onReady) {
      const handle = koffi.node.poll(socket, events, onReady)
      handle.unref()
      return {
        change: (now) => handle.start(now, onReady),
        stop: () => handle.close(),
      }
    },
  }
}
