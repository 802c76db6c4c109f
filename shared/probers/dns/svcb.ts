import { ipv6Text } from './address.ts'
import { type Cursor, MalformedReply } from './wire.ts'

// The parameters of SVCB and HTTPS records in presentation form (RFC 9460 §2.1, §7; ech: RFC 9848,
// dohpath: RFC 9461).

const keyNames = ['mandatory', 'alpn', 'no-default-alpn', 'port', 'ipv4hint', 'ech', 'ipv6hint', 'dohpath']

/** `alpn=h2,h3 port=8443 …`, in wire order, which is ascending by key. */
export function readServiceParameters(rdata: Cursor): string[] {
  const parameters: string[] = []
  while (rdata.left > 0) {
    const key = rdata.u16()
    const value = rdata.slice(rdata.u16())
    const name = keyName(key)
    const text = readers[name]?.(value) ?? value.rest().toString('hex')
    if (value.left > 0) throw new MalformedReply('a service parameter longer than its content')
    parameters.push(text === '' ? name : `${name}=${text}`)
  }
  return parameters
}

const readers: Readonly<Record<string, (value: Cursor) => string>> = {
  mandatory: (value) => list(value, () => keyName(value.u16())),
  alpn: (value) => list(value, () => value.characters().toString('latin1')),
  port: (value) => String(value.u16()),
  ipv4hint: (value) => list(value, () => value.bytes(4).join('.')),
  ech: (value) => value.rest().toString('base64'),
  ipv6hint: (value) => list(value, () => ipv6Text(value.bytes(16))),
  dohpath: (value) => value.rest().toString('utf8'),
}

function keyName(key: number): string {
  return keyNames[key] ?? `key${key}`
}

function list(value: Cursor, next: () => string): string {
  const items: string[] = []
  while (value.left > 0) items.push(next())
  return items.join(',')
}
