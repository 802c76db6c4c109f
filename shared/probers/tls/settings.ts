import type { ConnectionOptions } from 'node:tls'

/** TLS settings of probers other than `tls` itself. */
export interface TlsSettings {
  /** The name for SNI and the certificate, instead of the host. */
  readonly servername?: string
  /** False: any certificate is accepted. */
  readonly verify: boolean
  /** Trusted roots in PEM, instead of the public ones. */
  readonly ca?: string
}

export function tlsOptions({ servername, verify, ca }: TlsSettings): ConnectionOptions {
  return {
    rejectUnauthorized: verify,
    ...(servername !== undefined && { servername }),
    ...(ca !== undefined && { ca }),
  }
}
