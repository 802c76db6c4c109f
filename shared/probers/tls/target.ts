import type { IpVersion } from '../../network/address.ts'

export interface TlsTarget {
  readonly host: string
  readonly port: number
  readonly ip?: IpVersion
  /** For how many days the certificate must still be valid. */
  readonly days: number
  /** False: only the dates of the server's own certificate count. */
  readonly verify: boolean
  /** The name for SNI and the certificate, instead of the host. */
  readonly servername?: string
  /** Trusted roots in PEM, instead of the public ones. */
  readonly ca?: string
  readonly minVersion: '1.2' | '1.3'
  /** A part of the issuer's name. */
  readonly issuer?: string
}
