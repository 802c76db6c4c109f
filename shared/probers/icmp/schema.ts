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
    target: host.describe('The host to ping.'),
    ip: ipVersion.optional().describe('Use this IP version only.'),
    count: z.int().min(1).max(100).default(5).describe('How many pings are sent each time.'),
    max_loss: percent
      .optional()
      .describe('A loss above this is offline, such as 30%. Without it, only the loss of all pings is.'),
    interval: durationBetween(10, 10_000)
      .prefault('200ms')
      .describe('The time between one ping and the next.'),
    size: z.int().min(cookieBytes).max(maxEchoSize).default(56).describe('Bytes of data in each ping.'),
    ttl: z.int().min(1).max(255).optional().describe('How many hops a ping may take.'),
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
  .describe('Pings (ICMP echo), with the loss that is allowed.')
