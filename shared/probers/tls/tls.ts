import type { TLSSocket } from 'node:tls'
import { hostAndPort } from '../../network/address.ts'
import type { Prober } from '../prober.ts'
import { pathOf, presentedBy, rootsOf } from './chain.ts'
import { judge, span } from './judge.ts'
import type { TlsTarget } from './target.ts'

/**
 * Checks a server's certificate. The handshake accepts any certificate, so that an expired, a foreign and a
 * self-signed one each get their own message.
 */
export const tls: Prober<TlsTarget> = {
  needs: 'tcp',
  hosts: (target) => [target.host],
  label: (target) => hostAndPort(target.host, target.port),
  cpuMs: () => 0.73,
  bytesOut: () => 1650,

  async probe(target, context) {
    const { host, port, ip, servername, ca } = target
    const { socket, phases } = await context.dial({
      host,
      port,
      ip,
      tls: {
        rejectUnauthorized: false,
        // The host name is judged below, separately from the chain.
        checkServerIdentity: () => undefined,
        ...(servername !== undefined && { servername }),
        ...(ca !== undefined && { ca }),
      },
    })
    try {
      const secured = socket as TLSSocket
      const sent = presentedBy(secured)
      if (sent.length === 0) {
        return { online: false, reason: 'tls', detail: `${host} shows no certificate`, phases }
      }
      const path = pathOf(sent, rootsOf(ca))
      // Typed as an Error; Node gives OpenSSL's code as a string.
      const distrust = secured.authorized ? {} : { distrust: String(secured.authorizationError) }
      const protocol = secured.getProtocol() ?? 'unknown'
      const nowMs = context.clock.now()
      const objection = judge({ sent, path, protocol, ...distrust }, target, nowMs)
      if (objection !== undefined) return { online: false, ...objection, phases }
      const left = span(sent[0]!.validToDate.getTime() - nowMs)
      return { online: true, phases, note: `the certificate is valid for ${left}` }
    } finally {
      socket.end().destroy()
    }
  },
}
