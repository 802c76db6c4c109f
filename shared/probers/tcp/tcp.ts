import type { Socket } from 'node:net'
import type { Lifetime } from '../../lifetime.ts'
import { hostAndPort, type IpVersion } from '../../network/address.ts'
import type { Phases } from '../../network/connection.ts'
import { attribute } from '../../network/errno.ts'
import type { Finding, ProbeContext, Prober } from '../prober.ts'
import { type TlsSettings, tlsOptions } from '../tls/settings.ts'
import { describeExpected, describeReceived, type Expectation, matcherOf } from './expectation.ts'
import { maxReadBytes, type Received, readUntil } from './read.ts'

export interface TcpTarget {
  readonly host: string
  readonly port: number
  readonly ip?: IpVersion
  /** If present, TLS from the first byte on. */
  readonly tls?: TlsSettings
  readonly send?: Payload
  readonly expect?: Expectation
}

/** What to send after connecting: a `line` gets a newline, `raw` is sent unchanged, `hex` as bytes. */
export interface Payload {
  readonly form: 'line' | 'raw' | 'hex'
  /** For `line` and `raw`, possibly a reference to a secret. */
  readonly text: string
}

/**
 * Connects, sends the payload, and reads until the expectation is met anywhere in the answer, over any number of
 * packets and lines, within 64 KB and the check's timeout.
 */
export const tcp: Prober<TcpTarget> = {
  needs: 'tcp',
  hosts: (target) => [target.host],
  label: (target) => hostAndPort(target.host, target.port),
  cpuMs: () => 0.1,
  bytesOut: () => 280,

  async probe({ host, port, ip, tls, send, expect }, context) {
    // Resolved before dialling, so that the target does not wait for our secrets.
    const payload = send === undefined ? undefined : await payloadOf(send, context)
    const { socket, phases } = await context.dial({ host, port, ip, tls: tls && tlsOptions(tls) })
    const peer = hostAndPort(host, port)
    try {
      if (payload !== undefined) await write(socket, payload.bytes, context.lifetime, peer)
      if (expect === undefined) return { online: true, phases }

      const dialledMs = context.clock.monotonic()
      let firstMs: number | undefined
      const received = await readUntil(socket, matcherOf(expect), () => {
        firstMs = context.clock.monotonic()
      })
      const all: Phases = {
        ...phases,
        ...(firstMs !== undefined && {
          firstByte: firstMs - dialledMs,
          transfer: context.clock.monotonic() - firstMs,
        }),
      }
      if (received.end === 'found') return { online: true, phases: all }
      const got = describeReceived(received.bytes, payload?.isSecret === true)
      return unmet(received, { peer, phases: all, expected: describeExpected(expect), got }, context.lifetime)
    } finally {
      socket.end().destroy()
    }
  },
}

/** The bytes to send, and whether they contain a secret, which the target might repeat. */
async function payloadOf({ form, text }: Payload, context: ProbeContext) {
  if (form === 'hex') return { bytes: Buffer.from(text, 'hex'), isSecret: false }
  const value = await context.secret(text)
  const bytes = Buffer.from(form === 'raw' || value.endsWith('\n') ? value : `${value}\n`)
  return { bytes, isSecret: value !== text }
}

function write(socket: Socket, bytes: Buffer, lifetime: Lifetime, peer: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(bytes, (error) => {
      if (error) reject(lifetime.reason ?? attribute(error, peer))
      else resolve()
    })
  })
}

interface Unmet {
  readonly peer: string
  readonly phases: Phases
  readonly expected: string
  readonly got: string
}

function unmet(
  { end, bytes, error }: Received,
  { peer, phases, expected, got }: Unmet,
  lifetime: Lifetime,
): Finding {
  const offline = (reason: 'protocol' | 'assertion', detail: string): Finding => ({
    online: false,
    reason,
    detail,
    phases,
  })
  // If the timeout stopped it, the bytes so far are the answer; without any, the timeout itself is reported.
  if (end === 'failed' && (lifetime.reason === undefined || bytes.length === 0)) {
    throw lifetime.reason ?? attribute(error, peer)
  }
  if (bytes.length === 0) return offline('protocol', `${peer} closed the connection without an answer`)
  if (end === 'full')
    return offline('assertion', `${expected}, got ${maxReadBytes / 1024} KB without it: ${got}`)
  return offline('assertion', `${expected}, got ${got}`)
}
