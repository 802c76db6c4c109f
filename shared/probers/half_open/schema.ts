import { z } from 'zod'
import { address, ipVersion } from '../fields.ts'
import type { HalfOpenTarget } from './half-open.ts'

/** The options of a `half_open` check. */
export const halfOpenSchema = z
  .strictObject({
    address: address().describe('The host and port to send SYN to.'),
    ip: ipVersion.optional().describe('Use this IP version only.'),
    attempts: z
      .int()
      .min(1)
      .max(10)
      .default(3)
      .describe(
        'How many SYNs are sent, one second apart, before silence counts; without raw sockets the system decides.',
      ),
  })
  .transform(({ address: { host, port }, ip, attempts }): HalfOpenTarget => {
    return { host, port, ...(ip !== undefined && { ip }), attempts }
  })
  .describe('A TCP handshake that is never completed: the service behind the port does not see it.')
