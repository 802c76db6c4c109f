import { type Libc, SystemCallError } from '../../shared/raw/libc.ts'
import { socketType } from '../../shared/raw/linux.ts'

/** Reports the state of this service to systemd (sd_notify(3)). */
export interface Systemd {
  ready(): void
  /** Resets the watchdog or, before `ready`, extends the start timeout by a minute. */
  alive(): void
  stopping(): void
}

const unixDomain = 1
/** `struct sockaddr_un`: two bytes of family, then the path. */
const pathOffset = 2
const maxPathBytes = 107
const bufferFull = 'EAGAIN'
const moreTime = `EXTEND_TIMEOUT_USEC=${60 * 1_000_000}`

/** Connects to the service manager that `NOTIFY_SOCKET` names; without it every report does nothing. */
export async function notifySystemd(): Promise<Systemd> {
  const path = process.env.NOTIFY_SOCKET
  if (path === undefined || path === '') return { ready() {}, alive() {}, stopping() {} }
  const { loadLibc } = await import('../runtime/koffi.ts')
  return connectSystemd(loadLibc(), path)
}

/** @param path of the socket, as in `NOTIFY_SOCKET`; a leading `@` stands for an abstract name (unix(7)). */
export function connectSystemd(libc: Libc, path: string): Systemd {
  const bytes = Buffer.from(path.replace(/^@/, '\0'))
  if (bytes.length > maxPathBytes) throw new Error(`NOTIFY_SOCKET is longer than ${maxPathBytes} bytes`)
  const address = libc.allocate(pathOffset + bytes.length)
  address.view.setUint16(0, unixDomain, true)
  new Uint8Array(address.view.buffer).set(bytes, pathOffset)
  const socket = libc.socket(unixDomain, socketType.datagram | socketType.nonblock | socketType.cloexec, 0)
  libc.connect(socket, address)
  const notify = (text: string) => {
    const state = libc.allocate(text.length)
    new Uint8Array(state.view.buffer).set(Buffer.from(text))
    try {
      libc.send(socket, state)
    } catch (error) {
      // The socket's buffer is full because systemd is busy. The next report follows in a second.
      if (!(error instanceof SystemCallError && error.code === bufferFull)) throw error
    }
  }
  let isReady = false
  return {
    ready() {
      isReady = true
      notify('READY=1')
    },
    // READY=1 is repeated in case it was lost; systemd acts on the first one only.
    alive: () => notify(isReady ? 'READY=1\nWATCHDOG=1' : moreTime),
    stopping: () => notify('STOPPING=1'),
  }
}
