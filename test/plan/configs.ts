import fc from 'fast-check'
import type { Config, ConfiguredCheck } from '../../shared/config/config.ts'
import { check, contact, voter } from '../fixtures/words.ts'

/** A validated check with the given voters. */
export function configured(
  name: string,
  options: Partial<Pick<ConfiguredCheck, 'intervalSeconds' | 'timeoutMs' | 'enabled' | 'label' | 'tags'>> & {
    voters?: readonly string[]
  } = {},
): ConfiguredCheck {
  const { voters = ['eu-west-1', 'us-east-1'], ...rest } = options
  return {
    name: check(name),
    kind: 'tcp',
    target: { host: 'example.com', port: 5432 },
    label: 'example.com:5432',
    enabled: true,
    intervalSeconds: 60,
    timeoutMs: 10_000,
    confirmations: 1,
    delay: { down: 2, up: 2 },
    voters: voters.map(voter),
    alerts: [],
    tags: [],
    allowPrivate: false,
    ...rest,
  }
}

export function configOf(checks: readonly ConfiguredCheck[], operators?: string): Config {
  return {
    regions: ['us-east-1', 'eu-west-1'].map(voter),
    homes: ['us-east-1'],
    runners: [],
    ...(operators === undefined ? {} : { operators: contact(operators) }),
    contacts: [{ name: contact('ops'), email: ['ops@example.com'], sms: [], webhook: [] }],
    checks,
  }
}

/** `count` checks with the same interval and voters: `check-0`, `check-1` and so on. */
export function many(count: number): readonly ConfiguredCheck[] {
  return Array.from({ length: count }, (_, index) => configured(`check-${index}`))
}

/** Random configurations over a small set of names, so that successive ones share many checks. */
export const anyConfig: fc.Arbitrary<Config> = fc
  .uniqueArray(
    fc.record({
      name: fc.nat(12).map((number) => `check-${number}`),
      intervalSeconds: fc.constantFrom(10, 60, 60, 60, 3600),
      voters: fc.constantFrom(['eu-west-1'], ['eu-west-1', 'us-east-1'], ['eu-west-1', 'us-east-1']),
      timeoutMs: fc.constantFrom(5000, 10_000),
      enabled: fc.nat(9).map((draw) => draw > 0),
    }),
    { selector: ({ name }) => name },
  )
  .map((checks) => configOf(checks.map(({ name, ...options }) => configured(name, options))))
