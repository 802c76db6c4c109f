import type { IpVersion } from '../../network/address.ts'

export interface IcmpTarget {
  readonly host: string
  readonly ip?: IpVersion
  readonly count: number
  readonly intervalMs: number
  /** More than this many percent lost is offline; when absent, only everything is. */
  readonly maxLossPercent?: number
  /** Bytes of data in each echo request. */
  readonly size: number
  readonly ttl?: number
}
