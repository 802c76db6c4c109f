import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'

/** Names and their addresses, as in hosts(5). */
export type Hosts = ReadonlyMap<string, readonly string[]>

/** Reads a file in the format of hosts(5); empty if it cannot be read. */
export async function readHosts(path: string): Promise<Hosts> {
  const hosts = new Map<string, string[]>()
  const text = await readFile(path, 'utf8').catch(() => '')
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/s, '').trim().split(/\s+/)
    if (isIP(address) === 0) continue
    for (const name of names) {
      const known = hosts.get(name.toLowerCase()) ?? []
      hosts.set(name.toLowerCase(), [...known, address])
    }
  }
  return hosts
}
