/** 4 or 6 where a check insists on one IP version. */
export type IpVersion = 4 | 6

/** One answer of the resolver that the guard has let pass. */
export interface Address {
  readonly address: string
  readonly family: IpVersion
}

/** `example.com:443`, `[::1]:443`. */
export function hostAndPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
