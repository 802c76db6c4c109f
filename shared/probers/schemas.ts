import type { ZodType } from 'zod'
import { dnsSchema } from './dns/schema.ts'
import { halfOpenSchema } from './half_open/schema.ts'
import { httpSchema } from './http/schema.ts'
import { icmpSchema } from './icmp/schema.ts'
import type { Kind, Target } from './index.ts'
import { tcpSchema } from './tcp/schema.ts'
import { tlsSchema } from './tls/schema.ts'

/**
 * The schema of each kind's options in the configuration. Separate from the probers, so that zod stays out of the
 * Lambdas' bundles: they read a plan that is already validated.
 */
export const schemas = {
  http: httpSchema,
  tcp: tcpSchema,
  dns: dnsSchema,
  tls: tlsSchema,
  half_open: halfOpenSchema,
  icmp: icmpSchema,
} satisfies { [K in Kind]: ZodType<Target<K>, unknown> }
