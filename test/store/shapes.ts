import fc from 'fast-check'
import { bestEfforts, type CheckName, reasons, type VoterName } from '../../shared/check.ts'
import type { Ballot } from '../../shared/quorum/ballot.ts'
import type { Entry, Step } from '../../shared/quorum/outbox.ts'
import type { State } from '../../shared/quorum/state.ts'
import { check, shardId, tick, version, voter } from '../fixtures/words.ts'

// Random values of everything the table stores.

/** Names as the configuration allows them; some are property names that objects inherit. */
const name = fc.oneof(
  { weight: 5, arbitrary: fc.stringMatching(/^[A-Za-z0-9][\w.-]{0,63}$/) },
  { weight: 1, arbitrary: fc.constantFrom('constructor', 'toString', 'a.b', '0', '-', '..') },
)
const checkName: fc.Arbitrary<CheckName> = name.map(check)
const voterName: fc.Arbitrary<VoterName> = name.map(voter)
const instant = fc.integer({ min: 1_600_000_000, max: 9_999_999_999 }).map(tick)
const planVersion = fc.stringMatching(/^[0-9a-f]{12}$/).map(version)
const count = fc.nat(1_000_000)
const status = fc.constantFrom('pending', 'online', 'degraded', 'offline')
/** Without lone surrogates, because a table stores text as UTF-8. */
const text = fc.string({ unit: 'binary', maxLength: 120 })

/** A latency with three significant digits, as in ballots. */
const latency = fc
  .double({ min: 0, max: 60_000, noNaN: true })
  .map((ms) => Number(ms.toPrecision(3)))
  .map((ms) => (ms < 1e-6 ? 0 : ms))

export const anyBallot: fc.Arbitrary<Ballot> = fc.record(
  {
    voter: voterName,
    tick: instant,
    plan: planVersion,
    ms: fc.array(fc.oneof(latency, fc.constantFrom(-1, -2)), { maxLength: 200 }),
    failed: fc.dictionary(
      checkName,
      fc.record({ reason: fc.constantFrom(...reasons, 'abstain' as const), detail: text }),
      { maxKeys: 20, noNullPrototype: true },
    ) as fc.Arbitrary<Ballot['failed']>,
    method: fc.constantFrom(...bestEfforts),
  },
  { requiredKeys: ['voter', 'tick', 'plan', 'ms', 'failed'] },
)

const step: fc.Arbitrary<Step> = fc.record(
  {
    from: status,
    to: fc.oneof(status, fc.constant('removed' as const)),
    tick: instant,
    plan: planVersion,
    since: instant,
  },
  { requiredKeys: ['from', 'to', 'tick', 'plan'] },
) as fc.Arbitrary<Step>

const earlierStep = fc.tuple(step, count).map(([one, seq]) => ({ ...one, seq }))

const entry: fc.Arbitrary<Entry> = fc
  .tuple(
    step,
    fc.record(
      { seq: count, check: checkName, earlier: fc.array(earlierStep, { maxLength: 8 }), note: text },
      { requiredKeys: ['seq', 'check', 'earlier'] },
    ),
  )
  .map(([last, rest]) => ({ ...last, ...rest }) as Entry)

const row = fc.record({
  status,
  since: instant,
  atLeastDegraded: count,
  offline: count,
  atMostDegraded: count,
  online: count,
  blind: count,
})

export const anyState: fc.Arbitrary<State> = fc
  .record({
    shard: fc.constant(shardId('60s-abcdef-1')),
    revision: count,
    tick: instant,
    plan: planVersion,
    planFrom: instant,
    rows: fc.array(fc.tuple(checkName, row), { maxLength: 20 }).map((rows) => new Map(rows)),
    seq: count,
    outbox: fc.array(entry, { maxLength: 10 }),
    seen: fc.array(fc.tuple(voterName, instant), { maxLength: 8 }).map((seen) => new Map(seen)),
  })
  .chain((state) =>
    fc
      .record(
        {
          handed: fc
            .array(fc.tuple(checkName, fc.record({ status, since: instant, from: instant })), {
              maxLength: 5,
            })
            .map((handed) => new Map(handed)),
          origins: fc
            .array(fc.tuple(checkName, fc.constant(shardId('10s-fedcba-1'))), { maxLength: 5 })
            .map((origins) => new Map(origins)),
        },
        { requiredKeys: [] },
      )
      .map((moves) => ({ ...state, ...moves })),
  )
  .chain((state) => (state.outbox.length === 0 ? fc.constant(0) : instant).map((due) => ({ ...state, due })))
