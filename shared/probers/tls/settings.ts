import type { ConnectionOptions } from 'node:tls'

/** How a prober that speaks TLS does so. */
export interface TlsSettings {
  /** Instead of the host: for SNI and for the name in the certificate. */
  readonly servername?: string
  /** False: any certificate will do. */
  readonly verify: boolean
  /** Trusted roots, PEM, instead of the public ones. */
  readonly ca?: string
}

export function tlsOptions({ servername, verify, ca }: TlsSettings): ConnectionOptions {
  return {
    rejectUnauthorized: verify,
    ...(servername !== undefined && { servername }),
    ...(ca !== undefined && { ca }),
  }
}
