import { hostAndPort } from '../../network/address.ts'

/** The host of a URL for a resolver: an IPv6 address without brackets. */
export function hostOf(url: URL): string {
  return url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname
}

export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port)
  return url.protocol === 'https:' ? 443 : 80
}

/** `example.com:443` */
export function authorityOf(url: URL): string {
  return hostAndPort(hostOf(url), portOf(url))
}
