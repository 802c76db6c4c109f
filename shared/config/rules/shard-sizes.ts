import type { ConfiguredCheck } from '../config.ts'
import { maxChecksPerShard, maxShardBytes } from '../limits.ts'
import type { ReadCheck } from '../read/checks.ts'
import type { Report } from '../yaml/report.ts'

/** Size of a shard's document without its checks and voters: ids, interval, brackets. */
const envelopeBytes = 256

/**
 * Reports shards whose document would be too large, at their largest check. Shards are filled in the order of the
 * file here; if the plan in force distributes the checks differently, `applyPlan` refuses what is too large.
 */
export function judgeShardSizes(checks: readonly ReadCheck[], report: Report) {
  const groups = Map.groupBy(
    checks.flatMap(({ from, configured }) => (configured?.enabled ? [{ from, configured }] : [])),
    ({ configured }) => `${configured.intervalSeconds} ${configured.voters.join(' ')}`,
  )
  for (const group of groups.values()) {
    for (let first = 0; first < group.length; first += maxChecksPerShard) {
      const shard = group
        .slice(first, first + maxChecksPerShard)
        .map((check) => ({ ...check, bytes: bytesOf(check.configured) }))
      const voters = shard[0]!.configured.voters
      const bytes = shard.reduce(
        (sum, check) => sum + check.bytes,
        envelopeBytes + JSON.stringify(voters).length,
      )
      if (bytes <= maxShardBytes) continue
      const largest = shard.reduce((one, other) => (other.bytes > one.bytes ? other : one))
      report.error(
        largest.from,
        `takes ${kilobytes(largest.bytes)}, the most of the ${shard.length} checks that share its shard of the plan; ` +
          `together they take ${kilobytes(bytes)}, at most ${kilobytes(maxShardBytes)} are allowed`,
      )
    }
  }
}

function bytesOf(check: ConfiguredCheck): number {
  return Buffer.byteLength(JSON.stringify(check)) + 1
}

/** Rounded up, so that a size above the limit never looks like the limit. */
function kilobytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024)} KB`
}
