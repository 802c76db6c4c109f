import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { envelop, envelopeBytes } from '../../shared/alerts/format/envelope.ts'
import { gsmLength } from '../../shared/alerts/format/gsm.ts'
import { noticeMessage, testMessage, transitionMessage } from '../../shared/alerts/format/message.ts'
import type { Message, Notice, Transition } from '../../shared/alerts/transition.ts'
import { type AlertId, type CheckName, type ContactName, reasons, type Tick } from '../../shared/check.ts'
import { kinds } from '../../shared/probers/index.ts'
import type { EvidenceVote } from '../../shared/quorum/ballot.ts'
import { maxMessageBytes } from './limits.ts'
import { transition } from './transitions.ts'

// The most expensive characters: four bytes of UTF-8, or an escape inside an escape.
const costly = fc.constantFrom('𝕏', '🙂', '"', '\\', '\n', '\u202e', '\ud800', 'ﷺ', 'x')
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ unit: costly, maxLength: 400 }),
)
const anyMs = fc.double({ min: 0, max: 60_000, noNaN: true })
const anyVote: fc.Arbitrary<EvidenceVote> = fc.oneof(
  fc.record({ vote: fc.constantFrom('online', 'slow'), ms: anyMs }),
  fc.record({ vote: fc.constant('offline'), reason: fc.constantFrom(...reasons), detail: anyText }),
  fc.record({ vote: fc.constant('abstain'), detail: anyText }),
  fc.record({ vote: fc.constant('missing') }),
)
const anyTick = fc.integer({ min: 1, max: 4_000_000_000 }) as fc.Arbitrary<number> as fc.Arbitrary<Tick>
const anyTransition: fc.Arbitrary<Transition> = fc
  .record(
    {
      check: anyText as fc.Arbitrary<string> as fc.Arbitrary<CheckName>,
      kind: fc.constantFrom(...kinds),
      label: anyText,
      tags: fc.array(anyText, { maxLength: 30 }),
      from: fc.constantFrom('pending', 'online', 'degraded', 'offline'),
      to: fc.constantFrom('online', 'degraded', 'offline', 'removed'),
      tick: anyTick,
      since: anyTick,
      confirmations: fc.integer({ min: 1, max: 50 }),
      delay: fc.record({ down: fc.integer({ min: 1, max: 10 }), up: fc.integer({ min: 1, max: 10 }) }),
      intervalSeconds: fc.constantFrom(10, 60, 300, 86_400),
      slowMs: fc.integer({ min: 1, max: 60_000 }),
      votes: fc.dictionary(anyText, anyVote, { maxKeys: 60, noNullPrototype: true }),
    },
    {
      requiredKeys: [
        'check',
        'kind',
        'label',
        'tags',
        'from',
        'to',
        'tick',
        'confirmations',
        'delay',
        'intervalSeconds',
        'votes',
      ],
    },
  )
  .map((given) => ({ ...given, alertId: `${given.check}@${given.tick}` as AlertId }) as Transition)

function expectWithinLimits(message: Message): void {
  // SNS Publish: ASCII, fewer than 100 characters, no control character, starting with a letter, a number
  // or a punctuation mark.
  expect(message.subject).toMatch(/^[!-~][ -~]{0,98}$/)
  expect(gsmLength(message.sms)).toBeLessThanOrEqual(140)
  // Line feeds are a mail's only control characters; there are no invisible characters or direction overrides.
  expect(message.email).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
  const envelope = envelop(message)
  expect(envelopeBytes(envelope)).toBeLessThanOrEqual(maxMessageBytes)
  expect(JSON.parse(envelope.Message)).toEqual({
    default: JSON.stringify(message.http),
    sms: message.sms,
    email: message.email,
  })
  for (const { StringValue } of Object.values(envelope.MessageAttributes)) {
    expect(JSON.parse(StringValue).length).toBeGreaterThan(0)
  }
}

describe('whatever is in it', () => {
  test('a message keeps within what SNS, an SMS and a mail can carry', () => {
    fc.assert(
      fc.property(fc.array(anyTransition, { minLength: 1, maxLength: 8 }), (transitions) => {
        expectWithinLimits(transitionMessage(transitions))
      }),
      { numRuns: 60 },
    )
  })

  test('the order in which the transitions are given does not matter', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(anyTransition, { minLength: 1, maxLength: 6, selector: ({ alertId }) => alertId }),
        (transitions) => {
          expect(transitionMessage(transitions.toReversed())).toEqual(transitionMessage(transitions))
        },
      ),
      { numRuns: 40 },
    )
  })

  test('so does a message of notices, or of a test', () => {
    const anyNotice = fc.record({
      alertId: anyText,
      about: fc.constantFrom('voter', 'check', 'contact', 'endpoint'),
      name: anyText,
      state: fc.constantFrom('lost', 'back', 'removed'),
      tick: anyTick,
      detail: anyText,
    }) as fc.Arbitrary<unknown> as fc.Arbitrary<Notice>
    fc.assert(
      fc.property(
        fc.array(anyNotice, { minLength: 1, maxLength: 40 }),
        anyText,
        anyTick,
        (notices, contact, tick) => {
          expectWithinLimits(noticeMessage(notices))
          expect(noticeMessage(notices.toReversed())).toEqual(noticeMessage(notices))
          expectWithinLimits(testMessage(contact as ContactName, tick))
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('however many there are', () => {
  const worst = (index: number): Transition => {
    const name = (text: string, length: number) => `${index}`.padEnd(length, text)
    return {
      ...transition({
        label: name('🙂', 800),
        tags: Array.from({ length: 40 }, (_, tag) => `${tag}${name('"', 300)}`),
      }),
      check: name('\\', 64) as CheckName,
      alertId: name('\\', 96) as AlertId,
      votes: Object.fromEntries(
        Array.from({ length: 60 }, (_, voter) => [
          `${voter}${name('"', 80)}`,
          { vote: 'offline', reason: 'unreachable', detail: name('𝕏', 400) },
        ]),
      ),
    }
  }

  test.each([1, 21, 200, 2_000])('%i transitions at their worst', (count) => {
    expectWithinLimits(transitionMessage(Array.from({ length: count }, (_, index) => worst(index))))
  })

  test('even at its worst, the first check has its votes and says how many it leaves out', () => {
    const { email, http } = transitionMessage([worst(0), worst(1)])
    expect(email).toContain('and 20 more voters')
    expect(http).toMatchObject({ transitions: [{ omittedVoters: 20 }, {}] })
  })

  test('a shard of 200 checks that all flip is named in full, with alert ids', () => {
    const message = transitionMessage(
      Array.from({ length: 200 }, (_, index) => transition({ check: `${index}-`.padEnd(64, 'x') })),
    )
    expectWithinLimits(message)
    expect(message.attributes.check).toHaveLength(200)
    expect(message.attributes.alertId).toHaveLength(200)
    expect(message.http).toMatchObject({ omitted: { transitions: 0, attributeValues: 0 } })
    for (const check of message.attributes.check) expect(message.email).toContain(check)
  })

  test('10,000 notices', () => {
    expectWithinLimits(
      noticeMessage(
        Array.from({ length: 10_000 }, (_, index) => ({
          alertId: `${index}`.padEnd(96, '"') as AlertId,
          about: 'check',
          name: `${index}`.padEnd(64, '"'),
          state: 'lost',
          tick: transition().tick,
          detail: '🙂'.repeat(1_000),
        })),
      ),
    )
  })
})
