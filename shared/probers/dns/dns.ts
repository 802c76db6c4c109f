import { getServers } from 'node:dns'
import { truncateBytes } from '../../text/truncate.ts'
import type { Prober } from '../prober.ts'
import { askServer } from './ask.ts'
import type { Question } from './message.ts'
import { askOwnResolvers } from './own.ts'
import { askSeveral } from './several.ts'
import { type DnsTarget, nameOfServer } from './target.ts'
import { recordTypes } from './types.ts'

/** The prober of a voter whose own resolvers are `nameServers()`, in the format of `dns.getServers()`. */
export function dnsProber(nameServers: () => readonly string[]): Prober<DnsTarget> {
  return {
    needs: 'tcp',
    hosts: ({ servers }) => [...new Set(servers.map(({ host }) => host))],
    label: ({ type, name, servers }) =>
      truncateBytes([type, name, ...servers.map((server) => `@${nameOfServer(server)}`)].join(' '), 200),
    cpuMs: () => 0.1,
    bytesOut: () => 90,
    probe(target, context) {
      const question = questionOf(target)
      const [server, ...others] = target.servers
      if (server === undefined) return askOwnResolvers(target, question, nameServers(), context)
      if (others.length === 0) return askServer(target, question, server, context)
      return askSeveral(target, context, (one, within) => askServer(target, question, one, within))
    },
  }
}

export const dns = dnsProber(getServers)

function questionOf({ name, type, recursion, expect }: DnsTarget): Question {
  return { name, type: recordTypes[type].code, recursion, authentic: expect.authentic }
}
