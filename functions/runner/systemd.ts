import { type Libc, SystemCallError } from '../../shared/raw/libc.ts'
import { socketType } from '../../shared/raw/linux.ts'

/** Tells systemd how this service is (sd_notify(3)). Does nothing where nobody asked for it. */
export interface Systemd {
  ready(): void
  /** Tells the watchdog that all is well; until it is ready, asks for another minute to become so. */
  alive(): void
  stopping(): void
}

const unixDomain = 1
/** `struct sockaddr_un`: two bytes of family, then the path. */
const pathOffset = 2
const maxPathBytes = 107
const noRoom = 'EAGAIN'
const moreTime = `EXTEND_TIMEOUT_USEC=${60 * 1_000_000}`

/** The service manager that the environment names. */
export async function notifySystemd(): Promise<Systemd> {
  const path = process.env.NOTIFY_SOCKET
  if (path === undefined || path === '') return { ready() {}, alive() {}, stopping() {} }
  const { loadLibc } = await import('../runtime/koffi.ts')
  return connectSystemd(loadLibc(), path)
}

/**
 * @param path of the socket, as `NOTIFY_SOCKET` has it; `@` begins an abstract name (unix(7)).
 */
export function connectSystemd(libc: Libc, path: string): Systemd {
  const bytes = Buffer.from(path.replace(/^@/, '\0'))
  if (bytes.length > maxPathBytes) throw new Error('NOTIFY_SOCKET is longer than a socket’s path can be')
  const address = libc.allocate(pathOffset + bytes.length)
  address.view.setUint16(0, unixDomain, true)
  new Uint8Array(address.view.buffer).set(bytes, pathOffset)
  const socket = libc.socket(unixDomain, socketType.datagram | socketType.nonblock | socketType.cloexec, 0)
  libc.connect(socket, address)
  const tell = (text: string) => {
    const state = libc.allocate(text.length)
    new Uint8Array(state.view.buffer).set(Buffer.from(text))
    try {
      libc.send(socket, state)
    } catch (error) {
      // systemd is busy and has no room. It is told again in a second.
      if (!(error instanceof SystemCallError && error.code === noRoom)) throw error
    }
  }
  let isReady = false
  return {
    ready() {
      isReady = true
      tell('READY=1')
    },
    // That it is ready is said again each time, lest it was lost; systemd minds it only once.
    alive: () => tell(isReady ? 'READY=1\nWATCHDOG=1' : moreTime),
    stopping: () => tell('STOPPING=1'),
  }
}
