import type { ConfiguredCheck } from '../config/config.ts'
import { parseReference, type SecretReference } from '../secrets/reference.ts'

/** The distinct secrets that a voter must be able to read for its checks. */
export function secretsOf(
  checks: readonly Pick<ConfiguredCheck, 'enabled' | 'voters' | 'target'>[],
  voter: string,
): readonly SecretReference[] {
  const found = new Map<string, SecretReference>()
  for (const { enabled, voters, target } of checks) {
    if (!enabled || !voters.some((name) => name === voter)) continue
    for (const text of textsIn(target)) {
      const reference = parseReference(text)
      if (reference !== undefined && reference !== 'malformed') found.set(text, reference)
    }
  }
  return [...found.values()]
}

/** Every string in a target's options, at any depth. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(textsIn)
}
