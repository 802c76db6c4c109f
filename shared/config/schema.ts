import { z } from 'zod'
import { durationBetween, durationMs, oneOrMany } from '../probers/fields.ts'
import { formatDuration } from '../text/duration.ts'
import { builtIn } from './built-in.ts'
import { alert } from './contact-schema.ts'
import { regionPattern } from './regions.ts'

// The shape of each key by itself; what keys require of each other is in `rules/`. There is no zod schema of the
// whole file, because every wrong key must be reported, and zod skips refinements as soon as one shape is wrong.

/** Maximum timeout of a probe: a Lambda voter is billed for every second it waits. */
const maxTimeoutMs = 60_000
/** Maximum delay: with more agreeing ticks than this, a status would practically never change. */
const maxDelayTicks = 100
/** Intervals below a minute, all divisors of it; these six only for checks on which only runners vote. */
export const runnerIntervalsSeconds: readonly number[] = [1, 2, 3, 4, 5, 6]
const subMinuteIntervalsSeconds: readonly number[] = [...runnerIntervalsSeconds, 10, 15, 20, 30]

// Ticks are multiples of the interval in epoch seconds, so every whole number of minutes is a schedule.
const interval = durationMs
  .refine(
    (ms) =>
      subMinuteIntervalsSeconds.includes(ms / 1000) || (ms > 0 && ms % 60_000 === 0 && ms <= 86_400_000),
    {
      error: (issue) =>
        `is ${formatDuration(issue.input as number)}, must be 10s, 15s, 20s, 30s or whole minutes up to 1d ` +
        '(1s to 6s where only runners vote)',
    },
  )
  .transform((ms) => ms / 1000)
  .meta({
    description:
      'How often to probe: 10s, 15s, 20s, 30s or whole minutes up to 1d. Where only runners vote, 1s to 6s too.',
    default: `${builtIn.intervalSeconds}s`,
    examples: ['30s'],
  })

const timeout = durationBetween(1, maxTimeoutMs).meta({
  description:
    `How long one probe may take: at most ${maxTimeoutMs / 1000}s and at most the interval. ` +
    `Default: ${formatDuration(builtIn.timeoutMs)}, or the interval where that is shorter.`,
  examples: ['5s'],
})

const slow = durationBetween(1, maxTimeoutMs).meta({
  description:
    'An answer that takes longer than this is a "slow" vote; enough of them make the check degraded. ' +
    'Must be below the timeout. Default: no answer is slow.',
  examples: ['1s'],
})

const confirmations = z
  .int()
  .min(1)
  .max(1000)
  .meta({
    description:
      'How many voters must agree at one tick: at most as many as vote on the check. ' +
      `Default: ${builtIn.confirmations}, or 1 where there is only one voter.`,
    examples: [3],
  })

const ticks = z.int().min(1).max(maxDelayTicks)
const delay = z
  .union([
    ticks,
    z.strictObject({
      down: ticks.optional().meta({
        description: 'How many ticks in a row must agree before the status gets worse.',
        default: builtIn.delayTicks,
        examples: [3],
      }),
      up: ticks.optional().meta({
        description: 'How many ticks in a row must agree before the status gets better.',
        default: builtIn.delayTicks,
        examples: [1],
      }),
    }),
  ])
  .meta({
    description: 'How many ticks in a row must agree before the status changes: a number, or { down, up }.',
    default: builtIn.delayTicks,
    examples: [3, { down: 3, up: 1 }],
  })

const region = z
  .string()
  .regex(regionPattern, 'is not a region; write an AWS region such as eu-west-1')
  .meta({ title: 'region' })

// Names are keys in the table, arguments on a command line and properties of objects. So a name may not start with
// `~` (upquorum's own names), `-` (options) or `_` (`__proto__` would vanish).
const plainName = /^[A-Za-z0-9][\w.-]{0,63}$/
const plainNameRule = '1–64 letters, digits, ".", "_" or "-", beginning with a letter or digit'

export const runnerName = z.string().regex(plainName, `is not a runner name; write ${plainNameRule}`)

export const checkName = z
  .string()
  .regex(plainName, `is not a check name; write ${plainNameRule}`)
  .meta({ description: `The unique name of the check: ${plainNameRule}.`, examples: ['web'] })

const tag = z
  .string()
  .refine(
    (text) => text.length <= 64 && text.trim() === text && /^[^\p{C}]+$/u.test(text),
    'is not a tag; write 1–64 printable characters',
  )

/** The keys of a check besides its kind. */
export const checkShape = {
  name: checkName,
  from: oneOrMany(z.string())
    .optional()
    .meta({
      description:
        'Who votes: names of regions and runners of this file. Default: all regions; all runners where there are ' +
        'no regions or the kind needs raw sockets.',
      examples: [['us-east-1', 'eu-west-1']],
    }),
  interval: interval.optional(),
  timeout: timeout.optional(),
  slow: slow.optional(),
  confirmations: confirmations.optional(),
  delay: delay.optional(),
  alerts: oneOrMany(alert, 0)
    .optional()
    .meta({
      description: 'The contacts that hear of changes. Default: none.',
      examples: ['ops', ['ops', { contact: 'hook', on: ['offline'] }]],
    }),
  tags: oneOrMany(tag, 0)
    .optional()
    .meta({
      description:
        'Words of 1–64 printable characters that go with every alert; SNS filter policies can match them. Default: none.',
      examples: [['shop', 'eu']],
    }),
  enabled: z
    .boolean()
    .optional()
    .meta({
      description: 'Write false to keep the check in the file without probing it.',
      default: true,
      examples: [false],
    }),
  allow_private: z
    .boolean()
    .optional()
    .meta({
      description: 'Allow loopback, private and link-local targets. Lambda voters refuse them even so.',
      default: false,
      examples: [true],
    }),
}

export const defaultsShape = {
  interval: interval.optional(),
  timeout: timeout.optional(),
  slow: slow.optional(),
  confirmations: confirmations.optional(),
  delay: delay.optional(),
}

export const runnerShape = {
  region: region.meta({
    description:
      'The AWS region where the runner has its machine and its secrets. For a self-hosted runner, the nearest region.',
    examples: ['eu-west-1'],
  }),
  self_hosted: z
    .boolean()
    .optional()
    .meta({
      description:
        'Write true for a host of your own that runs "upquorum runner"; a deployment then makes no machine for it.',
      default: false,
      examples: [true],
    }),
}

/** The keys of the file whose values are validated as a whole; the others are read entry by entry. */
export const listShape = {
  regions: oneOrMany(region, 0)
    .optional()
    .meta({
      description: 'The AWS regions whose Lambdas vote. Default: none, so that only runners vote.',
      examples: [['us-east-1', 'eu-west-1', 'ap-southeast-2']],
    }),
  homes: oneOrMany(region)
    .optional()
    .meta({
      description:
        'The regions that hold a table, decide and alert. Default: the first region, or the region of the first ' +
        'runner where no region votes.',
      examples: [['us-east-1']],
    }),
  operators: z
    .string()
    .optional()
    .meta({
      title: 'contact',
      description:
        'The contact that hears about the monitor itself, such as a region that fell silent. Default: no contact.',
      examples: ['ops'],
    }),
}
