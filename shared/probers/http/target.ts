import type { IpVersion } from '../../network/address.ts'
import type { Expectations } from './expect/expectation.ts'

/** The options of an `http` check: validated, every default filled in, plain data that a plan can carry. */
export interface HttpTarget {
  /** Absolute, http or https, in the normal form of the URL standard, without user info and fragment. */
  readonly url: string
  readonly method: string
  /** Name and value; a value may be a reference to a secret. `Host` is among them when it was written. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** May be a reference to a secret as a whole. */
  readonly body?: string
  readonly credentials?: Credentials
  readonly tls: TlsSettings
  readonly ip?: IpVersion
  /** How many redirects are followed. 0: a redirect is an answer like any other. */
  readonly redirects: number
  readonly expect: Expectations
}

/** Each text may be a reference to a secret. */
export type Credentials =
  | { readonly scheme: 'basic'; readonly username: string; readonly password: string }
  | { readonly scheme: 'bearer'; readonly token: string }

export interface TlsSettings {
  /** False: any certificate will do (gobearmon's `insecure`). */
  readonly verify: boolean
  /** PEM; trusted instead of the well-known authorities. */
  readonly ca?: string
  /** The name to ask for (SNI) and to look for in the certificate, instead of the URL's. */
  readonly servername?: string
  /** The certificate that we show, PEM, and the reference to the secret that holds its key. */
  readonly client?: { readonly cert: string; readonly key: string }
}
