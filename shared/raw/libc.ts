/**
 * Memory that libc reads and writes. A holder of an address must also hold the `Memory`: an address alone does not keep
 * the garbage collector from moving or freeing the memory.
 */
export interface Memory {
  readonly view: DataView
  readonly address: number
}

/** The events to watch a socket for. */
export interface Readiness {
  readonly readable: boolean
  readonly writable: boolean
}

/** A watched socket; it does not keep the process alive. */
export interface Watch {
  change(events: Readiness): void
  stop(): void
}

/**
 * The few calls of the C library that Node does not offer. A failing call throws a `SystemCallError`, except `sendmmsg`
 * and `recvmmsg`, which are in the hot path of every probe. A socket is its file descriptor.
 */
export interface Libc {
  allocate(byteLength: number): Memory
  /** `type` must include non-blocking and close-on-exec. */
  socket(domain: number, type: number, protocol: number): number
  setOption(socket: number, level: number, option: number, value: Memory): void
  /** SO_ERROR: the error of a connection attempt; undefined if it succeeded. */
  pendingError(socket: number): string | undefined
  bind(socket: number, address: Memory): void
  connect(socket: number, address: Memory): void
  getsockname(socket: number, address: Memory): void
  close(socket: number): void
  /** Sends over a connected socket. */
  send(socket: number, data: Memory): void
  /** Returns how many of `count` messages from `first` on were sent; −1 if none was, see `lastError`. */
  sendmmsg(socket: number, messages: Memory, first: number, count: number): number
  /** Returns how many messages were received; −1 if there were none. */
  recvmmsg(socket: number, messages: Memory, count: number): number
  /** The name of the last error, such as `EAGAIN`. */
  lastError(): string
  /** Wall time in microseconds, from the clock of the kernel's packet stamps. */
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

/** A 32-bit number in memory, the form of most socket options. */
export function int32(libc: Libc, value: number): Memory {
  const memory = libc.allocate(4)
  memory.view.setInt32(0, value, true)
  return memory
}
