import { connect as connectTcp, isIP, type NetConnectOpts, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls, createSecureContext, type TLSSocket } from 'node:tls'
import type { Clock } from '../clock.ts'
import type { Lifetime } from '../lifetime.ts'
import { type Address, hostAndPort, type IpVersion } from './address.ts'
import type { Connection, DialOptions } from './connection.ts'
import { attribute } from './errno.ts'
import { TargetError } from './fault.ts'

export interface DialContext {
  readonly lifetime: Lifetime
  readonly clock: Clock
  /** Already guarded: every address it gives may be connected to. */
  resolve(host: string, ip?: IpVersion): Promise<readonly Address[]>
  localAddress(target: Address): string | undefined
  /** Told what begins now, for whoever has to say where a timeout struck. */
  enter(phase: 'connect' | 'tls' | 'answer', peer: string): void
}

/** Of a host with many addresses this many are tried, and the next one only after a quick failure. */
const maxTries = 4

/**
 * Resolves a host and connects to that very address, with a TLS handshake where asked for. Throws
 * `TargetError` when the target is at fault, any other error when we are. The socket dies with the lifetime.
 */
export async function dial(options: DialOptions, context: DialContext): Promise<Connection> {
  const { host, port, ip } = options
  const startMs = context.clock.monotonic()
  const addresses = await context.resolve(host, ip)
  const resolvedMs = context.clock.monotonic()
  let tried = await tryEach(addresses, options, context)
  // The look-up gives IPv4 addresses where there are any. A voter that has IPv6 only goes on from here.
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
      // What the target did wrong says more than what this voter was missing.
      if (failure === undefined || isOurs(failure)) failure = error
      if (!leadsFurther(error)) break
    }
  }
  return { failure }
}

function isOurs(failure: unknown): boolean {
  return !(failure instanceof TargetError)
}

/** Errors of a voter that lacks an IP version: connect(2), ip(7). */
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
  const peer = nameOf(address, options)
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
    // This listener stays: an error that strikes while nobody listens would end the process.
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

/** A server name must be a name (RFC 6066, section 3), and without the final dot. */
function tlsOptions({ host, tls = {} }: DialOptions): ConnectionOptions {
  const { servername = host, ...rest } = tls
  const name = servername.replace(/\.$/, '')
  return { ...rest, ...(isIP(name) === 0 && { servername: name }), ...sharedContext(rest) }
}

/** What concerns one connection alone; every other option is a matter of its secure context. */
const ofConnection = new Set(['rejectUnauthorized', 'checkServerIdentity', 'ALPNProtocols'])
let usual: ConnectionOptions | undefined

/**
 * Ciphers and trusted roots cost a tenth of a handshake to set up: whoever brings nothing of its own shares
 * one context.
 */
function sharedContext(options: ConnectionOptions): ConnectionOptions | undefined {
  if (!Object.keys(options).every((name) => ofConnection.has(name))) return undefined
  usual ??= { secureContext: createSecureContext() }
  return usual
}

/** Node reports a connection that the server closes in the middle of the handshake as a reset without syscall. */
function inHandshake(error: NodeJS.ErrnoException, connectedMs: number | undefined, peer: string): unknown {
  const closed = connectedMs !== undefined && error.code === 'ECONNRESET' && error.syscall === undefined
  if (closed) return new TargetError('tls', `${peer} closed the connection during the TLS handshake`)
  return attribute(error, peer)
}

/** `db.example.com:5432 (192.0.2.7)`, `192.0.2.7:5432`. */
function nameOf({ address }: Address, { host, port }: DialOptions): string {
  return host === address ? hostAndPort(host, port) : `${hostAndPort(host, port)} (${address})`
}
