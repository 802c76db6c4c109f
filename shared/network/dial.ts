import { connect as connectTcp, isIP, type NetConnectOpts, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls, createSecureContext, type TLSSocket } from 'node:tls'
import type { Clock } from '../clock.ts'
import type { Lifetime } from '../lifetime.ts'
import { type Address, hostAndPort, type IpVersion, peerOf } from './address.ts'
import type { Connection, DialOptions } from './connection.ts'
import { attribute } from './errno.ts'
import { TargetError } from './fault.ts'

export interface DialContext {
  readonly lifetime: Lifetime
  readonly clock: Clock
  /** Guarded: every returned address may be connected to. */
  resolve(host: string, ip?: IpVersion): Promise<readonly Address[]>
  localAddress(target: Address): string | undefined
  /** Called at the start of each phase, for the message about a timeout. */
  enter(phase: 'connect' | 'tls' | 'answer', peer: string): void
}

/** Maximum addresses tried per host; the next one is tried only after a refused or unreachable connection. */
const maxTries = 4

/**
 * Resolves a host and connects to that very address, with a TLS handshake if `tls` is set. Throws `TargetError` if
 * the target is at fault, any other error if we are. The socket is closed at the end of the lifetime.
 */
export async function dial(options: DialOptions, context: DialContext): Promise<Connection> {
  const { host, port, ip } = options
  const startMs = context.clock.monotonic()
  const addresses = await context.resolve(host, ip)
  const resolvedMs = context.clock.monotonic()
  let tried = await tryEach(addresses, options, context)
  // The look-up prefers IPv4 addresses; a voter with IPv6 only falls back to IPv6 here.
  if ('failure' in tried && isOurs(tried.failure) && ip === undefined && addresses[0]?.family === 4) {
    const others = await context.resolve(host, 6).catch(() => [])
    if (others.length > 0) tried = await tryEach(others, options, context)
  }
  if ('failure' in tried) throw tried.failure
  const { socket, address, connectedMs, securedMs } = tried
  context.enter('answer', hostAndPort(host, port))
  const phases = {
    ...(isIP(host) === 0 && { dns: resolvedMs - startMs }),
    connect: connectedMs - resolvedMs,
    ...(securedMs !== undefined && { tls: securedMs - connectedMs }),
  }
  return { socket, address, phases }
}

async function tryEach(
  addresses: readonly Address[],
  options: DialOptions,
  context: DialContext,
): Promise<Opened | { readonly failure: unknown }> {
  let failure: unknown
  for (const address of addresses.slice(0, maxTries)) {
    try {
      return await open(address, options, context)
    } catch (error) {
      context.lifetime.throwIfOver()
      // The target's failure says more than what this voter lacks.
      if (failure === undefined || isOurs(failure)) failure = error
      if (!leadsFurther(error)) break
    }
  }
  return { failure }
}

function isOurs(failure: unknown): boolean {
  return !(failure instanceof TargetError)
}

/** Errors of a voter without this IP version: connect(2), ip(7). */
const missingFamily = new Set(['ENETUNREACH', 'EADDRNOTAVAIL', 'EAFNOSUPPORT'])

function leadsFurther(failure: unknown): boolean {
  if (failure instanceof TargetError) return failure.reason === 'refused' || failure.reason === 'unreachable'
  return missingFamily.has((failure as NodeJS.ErrnoException).code ?? '')
}

interface Opened {
  readonly socket: Socket | TLSSocket
  readonly address: Address
  readonly connectedMs: number
  readonly securedMs?: number
}

function open(address: Address, options: DialOptions, context: DialContext): Promise<Opened> {
  const { clock, lifetime } = context
  const peer = peerOf(options.host, options.port, address)
  const localAddress = context.localAddress(address)
  const to: NetConnectOpts = {
    host: address.address,
    port: options.port,
    family: address.family,
    noDelay: true,
    ...(localAddress !== undefined && { localAddress }),
  }
  return new Promise<Opened>((resolve, reject) => {
    lifetime.throwIfOver()
    context.enter('connect', peer)
    const socket = options.tls === undefined ? connectTcp(to) : connectTls({ ...to, ...tlsOptions(options) })
    lifetime.onEnd(() => socket.destroy(lifetime.reason))
    let connectedMs: number | undefined
    // This listener is never removed, because an 'error' event without a listener ends the process.
    socket.on('error', (error) => {
      socket.destroy()
      reject(lifetime.reason ?? inHandshake(error, connectedMs, peer))
    })
    socket.on('connect', () => {
      connectedMs = clock.monotonic()
      if (options.tls === undefined) resolve({ socket, address, connectedMs })
      else context.enter('tls', peer)
    })
    if (options.tls === undefined) return
    socket.on('secureConnect', () => {
      const securedMs = clock.monotonic()
      resolve({ socket, address, connectedMs: connectedMs ?? securedMs, securedMs })
    })
  })
}

/** SNI must be a name and not an address (RFC 6066, section 3), without the final dot. */
function tlsOptions({ host, tls = {} }: DialOptions): ConnectionOptions {
  const { servername = host, ...rest } = tls
  const name = servername.replace(/\.$/, '')
  return { ...rest, ...(isIP(name) === 0 && { servername: name }), ...sharedContext(rest) }
}

/** Options of a single connection; every other option is part of its secure context. */
const connectionOptions = new Set(['rejectUnauthorized', 'checkServerIdentity', 'ALPNProtocols'])
let defaultContext: ConnectionOptions | undefined

/**
 * The shared secure context, for connections with default ciphers and roots: setting up a context costs a tenth of a
 * handshake.
 */
function sharedContext(options: ConnectionOptions): ConnectionOptions | undefined {
  if (!Object.keys(options).every((name) => connectionOptions.has(name))) return undefined
  defaultContext ??= { secureContext: createSecureContext() }
  return defaultContext
}

/** Node reports a connection closed by the server during the handshake as a reset without a syscall. */
function inHandshake(error: NodeJS.ErrnoException, connectedMs: number | undefined, peer: string): unknown {
  const closed = connectedMs !== undefined && error.code === 'ECONNRESET' && error.syscall === undefined
  if (closed) return new TargetError('tls', `${peer} closed the connection during the TLS handshake`)
  return attribute(error, peer)
}
