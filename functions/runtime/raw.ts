import { type Kind, probers } from '../../shared/probers/index.ts'
import { openConnecting } from '../../shared/raw/connect.ts'
import { openRawSockets } from '../../shared/raw/engine.ts'
import { SystemCallError } from '../../shared/raw/libc.ts'
import { openQuickAck } from '../../shared/raw/quickack.ts'
import type { Method, RawSockets } from '../../shared/raw/sockets.ts'
import { nameOf } from '../../shared/text/error.ts'
import { systemClock } from './clock.ts'
import { openFilesLimit } from './open-files.ts'

/** The best way of making half-open probes that this machine permits, and what to tell people about it. */
export interface OpenedSockets {
  readonly sockets: RawSockets
  /** A sentence where it is not the real thing; undefined where it is. */
  readonly caveat: string | undefined
}

/**
 * Opens raw sockets, or what comes closest to them. `only` insists on one method: then whatever prevents it
 * is thrown. koffi is loaded here and only when asked for: it has no place in a Lambda.
 */
export async function openSockets(only?: Method): Promise<OpenedSockets> {
  if (only === 'connect') return connecting('as asked for')
  const { platform, arch } = process
  if (platform !== 'linux' || !['x64', 'arm64'].includes(arch)) {
    if (only !== undefined) throw new Error(`the method ${only} needs Linux on x64 or arm64`)
    return connecting(`raw sockets are for Linux on x64 and arm64, this is ${platform} on ${arch}`)
  }
  const { loadLibc } = await import('./koffi.ts')
  const libc = loadLibc()
  if (only === 'quickack') return quickAck('as asked for')
  try {
    return { sockets: openRawSockets(libc, systemClock), caveat: undefined }
  } catch (error) {
    const denied = error instanceof SystemCallError && ['EPERM', 'EACCES'].includes(error.code)
    if (!denied || only === 'raw') throw error
    return quickAck('this process may not open raw sockets (CAP_NET_RAW)')
  }

  function quickAck(why: string): OpenedSockets {
    return {
      sockets: openQuickAck(libc, systemClock, connectionsAtOnce()),
      caveat: `half-open probes are best effort (method: quickack; ${why}): a busy machine completes some connections`,
    }
  }
}

/**
 * The same for whoever probes these kinds by the way: undefined where none of them needs it, or where they
 * cannot be opened, so that those checks abstain.
 */
export async function openSocketsFor(
  kinds: readonly Kind[],
  warn: (message: string) => void,
): Promise<RawSockets | undefined> {
  if (!kinds.some((kind) => probers[kind].needs === 'raw')) return undefined
  try {
    const { sockets, caveat } = await openSockets()
    if (caveat !== undefined) warn(caveat)
    return sockets
  } catch (error) {
    warn(`half-open probes and pings are not possible: ${nameOf(error)}`)
    return undefined
  }
}

/** A quarter of what this process may have open: the rest is for whatever else it does. */
function connectionsAtOnce(): number {
  return Math.max(1, Math.min(1024, Math.floor(openFilesLimit() / 4)))
}

function connecting(why: string): OpenedSockets {
  return {
    sockets: openConnecting(systemClock, connectionsAtOnce()),
    caveat: `half-open probes are whole connections, reset at once (method: connect; ${why})`,
  }
}
