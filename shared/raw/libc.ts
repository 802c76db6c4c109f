/**
 * Memory that libc reads and writes. Whatever holds an address must hold the `Memory` too: an address by
 * itself does not keep the garbage collector from moving or freeing what is there.
 */
export interface Memory {
  readonly view: DataView
  readonly address: number
}

/** What a socket is watched for. */
export interface Readiness {
  readonly readable: boolean
  readonly writable: boolean
}

/** A watch does not keep the process alive. */
export interface Watch {
  change(events: Readiness): void
  stop(): void
}

/**
 * The few calls of the C library that Node has no words for. Those that fail throw a `SystemCallError`,
 * except the two in the middle of every probe. A socket is its file descriptor.
 */
export interface Libc {
  allocate(byteLength: number): Memory
  /** Non-blocking and closed on exec. */
  socket(domain: number, type: number, protocol: number): number
  setOption(socket: number, level: number, option: number, value: Memory): void
  /** SO_ERROR: what became of a connection that was being made; undefined when it succeeded. */
  pendingError(socket: number): string | undefined
  bind(socket: number, address: Memory): void
  connect(socket: number, address: Memory): void
  getsockname(socket: number, address: Memory): void
  close(socket: number): void
  /** Over a connected socket. */
  send(socket: number, data: Memory): void
  /** How many of `count` messages from the `first` on were sent; −1 when not even that one, see `lastError`. */
  sendmmsg(socket: number, messages: Memory, first: number, count: number): number
  /** How many messages were received; −1 when there were none. */
  recvmmsg(socket: number, messages: Memory, count: number): number
  /** The name of the last error, such as `EAGAIN`. */
  lastError(): string
  /** Wall time in microseconds by the clock that the kernel stamps packets with. */
  realtimeUs(): number
  watch(socket: number, events: Readiness, onReady: () => void): Watch
}

/** A call that failed, with the name of its errno(3) as `code`, like the errors of Node's own calls. */
export class SystemCallError extends Error {
  readonly code: string

  constructor(code: string, call: string) {
    super(`${call} failed: ${code}`)
    this.name = 'SystemCallError'
    this.code = code
  }
}

/** Four bytes that hold a number, the form of most socket options. */
export function int32(libc: Libc, value: number): Memory {
  const memory = libc.allocate(4)
  memory.view.setInt32(0, value, true)
  return memory
}
