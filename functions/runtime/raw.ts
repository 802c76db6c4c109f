import { type Kind, proberOf } from '../../shared/probers/index.ts'
import { openConnecting } from '../../shared/raw/connect.ts'
import { openRawSockets } from '../../shared/raw/engine.ts'
import { SystemCallError } from '../../shared/raw/libc.ts'
import { openQuickAck } from '../../shared/raw/quickack.ts'
import type { Method, RawSockets } from '../../shared/raw/sockets.ts'
import { nameOf } from '../../shared/text/error.ts'
import { systemClock } from './clock.ts'
import { openFilesLimit } from './open-files.ts'

/** The best half-open probing method that this machine permits. */
export interface OpenedSockets {
  readonly sockets: RawSockets
  /** Says how the method falls short of raw sockets; undefined for raw sockets. */
  readonly caveat: string | undefined
}

/**
 * Opens raw sockets, or falls back to the closest method available. koffi is loaded on demand, because Lambdas do not
 * ship it.
 *
 * @param only the one acceptable method; whatever prevents it is thrown.
 */
export async function openSockets(only?: Method): Promise<OpenedSockets> {
  if (only === 'connect') return connecting('as requested')
  const { platform, arch } = process
  if (platform !== 'linux' || !['x64', 'arm64'].includes(arch)) {
    if (only !== undefined) throw new Error(`the method ${only} needs Linux on x64 or arm64`)
    return connecting(`raw sockets need Linux on x64 or arm64, and this is ${platform} on ${arch}`)
  }
  const { loadLibc } = await import('./koffi.ts')
  const libc = loadLibc()
  if (only === 'quickack') return quickAck('as requested')
  try {
    return { sockets: openRawSockets(libc, systemClock), caveat: undefined }
  } catch (error) {
    const denied = error instanceof SystemCallError && ['EPERM', 'EACCES'].includes(error.code)
    if (!denied || only === 'raw') throw error
    return quickAck('this process lacks CAP_NET_RAW')
  }

  function quickAck(why: string): OpenedSockets {
    return {
      sockets: openQuickAck(libc, systemClock, connectionsAtOnce()),
      caveat: `half-open probes are best effort (method: quickack; ${why}): a busy machine completes some connections`,
    }
  }
}

/**
 * Opens raw sockets if one of `kinds` needs them. Returns undefined if none does, or if they cannot be opened, in
 * which case those checks abstain.
 */
export async function openSocketsFor(
  kinds: readonly Kind[],
  warn: (message: string) => void,
): Promise<RawSockets | undefined> {
  if (!kinds.some((kind) => proberOf(kind).needs === 'raw')) return undefined
  try {
    const { sockets, caveat } = await openSockets()
    if (caveat !== undefined) warn(caveat)
    return sockets
  } catch (error) {
    warn(`half-open probes and pings are not possible: ${nameOf(error)}`)
    return undefined
  }
}

/** A quarter of the open-file limit, at most 1024; the rest is left for everything else in this process. */
function connectionsAtOnce(): number {
  return Math.max(1, Math.min(1024, Math.floor(openFilesLimit() / 4)))
}

function connecting(why: string): OpenedSockets {
  return {
    sockets: openConnecting(systemClock, connectionsAtOnce()),
    caveat: `half-open probes are full connections, reset at once (method: connect; ${why})`,
  }
}
