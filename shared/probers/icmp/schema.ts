import { z } from 'zod'
import { cookieBytes } from '../../raw/packet/echo.ts'
import { maxEchoSize } from '../../raw/sockets.ts'
import { durationBetween, host, ipVersion } from '../fields.ts'
import type { IcmpTarget } from './target.ts'

const percent = z
  .string()
  .regex(/^\d{1,2}(\.\d)?%$/, 'is not an allowed loss; write 0% to 99.9%, such as 30%')
  .transform((text) => Number(text.slice(0, -1)))

/** The options of an `icmp` check. */
export const icmpSchema = z
  .strictObject({
    target: host.meta({ description: 'The host to ping.', examples: ['gateway.example.org'] }),
    ip: ipVersion.optional(),
    count: z
      .int()
      .min(1)
      .max(100)
      .default(5)
      .meta({ description: 'How many pings are sent at each tick.', examples: [10] }),
    max_loss: percent.optional().meta({
      description:
        'The loss that is allowed, 0% to 99.9%; a greater one is offline. Default: only the loss of all pings is offline.',
      examples: ['30%'],
    }),
    interval: durationBetween(10, 10_000)
      .prefault('200ms')
      .meta({ description: 'The time from one ping to the next, 10ms to 10s.', examples: ['500ms'] }),
    size: z
      .int()
      .min(cookieBytes)
      .max(maxEchoSize)
      .default(56)
      .meta({ description: 'Bytes of data in each ping.', examples: [1472] }),
    ttl: z
      .int()
      .min(1)
      .max(255)
      .optional()
      .meta({ description: 'How many hops a ping may take. Default: what the system sets.', examples: [32] }),
  })
  .transform(
    ({ target, ip, count, max_loss, interval, size, ttl }): IcmpTarget => ({
      host: target,
      ...(ip !== undefined && { ip }),
      count,
      intervalMs: interval,
      ...(max_loss !== undefined && { maxLossPercent: max_loss }),
      size,
      ...(ttl !== undefined && { ttl }),
    }),
  )
  .describe(
    'Pings (ICMP echo). Online if at least one comes back and no more than max_loss is lost. Only runners vote on it.',
  )
