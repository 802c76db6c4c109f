import fc from 'fast-check'
import type { Config, ConfiguredCheck } from '../../shared/config/config.ts'
import { check, contact, voter } from '../fixtures/words.ts'

/** A validated check; every voter's name is a word of its own. */
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

/** `count` checks of one shard's kind, `check-0` and on. */
export function many(count: number): readonly ConfiguredCheck[] {
  return Array.from({ length: count }, (_, index) => configured(`check-${index}`))
}

/** Configurations over one small set of names, so that one after the other shares many of them. */
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
