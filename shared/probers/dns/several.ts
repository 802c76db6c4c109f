import { truncateBytes } from '../../text/truncate.ts'
import type { Finding, ProbeContext } from '../prober.ts'
import { type DnsServer, type DnsTarget, nameOfServer } from './target.ts'

type AskOne = (server: DnsServer, context: ProbeContext) => Promise<Finding>

const isDecided = new Error('the other servers have decided')

/**
 * Queries all servers at once. If all are required, the first failure decides, otherwise the first success; the other
 * queries are then abandoned.
 */
export async function askSeveral(
  { servers, require }: DnsTarget,
  context: ProbeContext,
  askOne: AskOne,
): Promise<Finding> {
  const lifetime = context.lifetime.within()
  const asked = servers.map((server) => askNamed(server, { ...context, lifetime }, askOne))
  const decisive = asked.map(async (finding) => {
    if ((await finding).online !== (require === 'any')) throw new Error('decides nothing')
    return finding
  })
  try {
    return await Promise.any(decisive)
  } catch {
    // None decided. A failure of our own is thrown here, because its server might have decided.
    const findings = await Promise.all(asked)
    if (require === 'any') return findings[0]!
    return findings.reduce((slowest, finding) => (answerMs(finding) > answerMs(slowest) ? finding : slowest))
  } finally {
    lifetime.end(isDecided)
  }
}

/** A finding that names its server, because there are several. */
async function askNamed(server: DnsServer, context: ProbeContext, askOne: AskOne): Promise<Finding> {
  const finding = await askOne(server, context)
  const peerName = nameOfServer(server)
  if (finding.online || finding.detail.includes(peerName)) return finding
  return { ...finding, detail: truncateBytes(`${peerName}: ${finding.detail}`) }
}

function answerMs({ phases }: Finding): number {
  return phases?.firstByte ?? 0
}
