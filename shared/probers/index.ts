import { dns } from './dns/dns.ts'
import { halfOpen } from './half_open/half-open.ts'
import { http } from './http/http.ts'
import { icmp } from './icmp/icmp.ts'
import type { Prober } from './prober.ts'
import { tcp } from './tcp/tcp.ts'
import { tls } from './tls/tls.ts'

/** Every kind of check. A new kind is one folder beside this file and one entry here and in schemas.ts. */
export const probers = {
  http,
  tcp,
  dns,
  tls,
  half_open: halfOpen,
  icmp,
}

export type Kind = keyof typeof probers
/** The kinds of checks, in the order of messages. */
export const kinds = Object.keys(probers) as readonly Kind[]
/** A kind's validated options. */
export type Target<K extends Kind = Kind> = (typeof probers)[K] extends Prober<infer T> ? T : never

/** The prober of a kind. A check's target is that of its kind, which types cannot follow through a look-up. */
export function proberOf(kind: Kind): Prober<unknown> {
  return probers[kind] as Prober<unknown>
}
