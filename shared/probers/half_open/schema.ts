import { z } from 'zod'
import { address, ipVersion } from '../fields.ts'
import type { HalfOpenTarget } from './half-open.ts'

/** The options of a `half_open` check. */
export const halfOpenSchema = z
  .strictObject({
    address: address().meta({
      description: 'The host and port to send SYN to.',
      examples: ['lb.example.org:443'],
    }),
    ip: ipVersion.optional(),
    attempts: z
      .int()
      .min(1)
      .max(10)
      .default(3)
      .meta({
        description:
          'How many SYNs are sent, one second apart, before silence counts as offline. Without raw sockets the system decides.',
        examples: [5],
      }),
  })
  .transform(({ address: { host, port }, ip, attempts }): HalfOpenTarget => {
    return { host, port, ...(ip !== undefined && { ip }), attempts }
  })
  .describe(
    'A TCP handshake that is never completed, so that the service does not see it. Online if a SYN-ACK comes back. Only runners vote on it.',
  )
