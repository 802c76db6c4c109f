/** An IP version, if a check requires one. */
export type IpVersion = 4 | 6

/** An address from the resolver that the guard allows. */
export interface Address {
  readonly address: string
  readonly family: IpVersion
}

/** `example.com:443`, `[::1]:443`. */
export function hostAndPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
