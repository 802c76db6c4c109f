import type { IpVersion } from '../../network/address.ts'
import type { Expectations } from './expect/expectation.ts'

/** The options of an `http` check: validated, with all defaults, as plain data for the plan. */
export interface HttpTarget {
  /** Absolute, http or https, normalized by the URL standard, without user info and fragment. */
  readonly url: string
  readonly method: string
  /** Name and value; a value may be a reference to a secret. Includes `Host` only if the check sets it. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** May be a reference to a secret as a whole. */
  readonly body?: string
  readonly credentials?: Credentials
  readonly tls: TlsSettings
  readonly ip?: IpVersion
  /** Maximum redirects to follow. 0: a redirect is an answer like any other. */
  readonly redirects: number
  readonly expect: Expectations
}

/** Each text may be a reference to a secret. */
export type Credentials =
  | { readonly scheme: 'basic'; readonly username: string; readonly password: string }
  | { readonly scheme: 'bearer'; readonly token: string }

export interface TlsSettings {
  /** False: any certificate is accepted (gobearmon's `insecure`). */
  readonly verify: boolean
  /** Trusted roots in PEM, instead of the public ones. */
  readonly ca?: string
  /** The name for SNI and the certificate, instead of the URL's. */
  readonly servername?: string
  /** The client certificate in PEM, and the reference to the secret with its key. */
  readonly client?: { readonly cert: string; readonly key: string }
}

/** Whether the first request goes over TLS. */
export function isHttps({ url }: Pick<HttpTarget, 'url'>): boolean {
  return url.startsWith('https:')
}
