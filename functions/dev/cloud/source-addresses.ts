import { once } from 'node:events'
import { createServer } from 'node:net'
import type { VoterName } from '../../../shared/check.ts'
import type { Address } from '../../../shared/network/address.ts'

/**
 * Gives each voter its own source address for loopback targets (127.0.1.1, 127.0.2.1, …), so that a server or a
 * firewall rule can tell voters apart. Where the system lacks these addresses, it warns and all voters use 127.0.0.1.
 */
export async function sourceAddresses(
  voters: readonly VoterName[],
  warn: (message: string) => void,
): Promise<(voter: VoterName) => (target: Address) => string | undefined> {
  const usable = await canBind('127.0.1.1')
  if (!usable) {
    warn(
      'this system lacks the address 127.0.1.1: all voters probe loopback targets from 127.0.0.1 ' +
        '(on macOS: sudo ifconfig lo0 alias 127.0.1.1, and so on for 127.0.2.1 …)',
    )
  }
  return (voter) => {
    const source = `127.0.${voters.indexOf(voter) + 1}.1`
    return ({ address }) => (usable && address.startsWith('127.') ? source : undefined)
  }
}

async function canBind(address: string): Promise<boolean> {
  const server = createServer()
  try {
    server.listen(0, address)
    await once(server, 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}
