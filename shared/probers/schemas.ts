import type { ZodType } from 'zod'
import { dnsSchema } from './dns/schema.ts'
import { halfOpenSchema } from './half_open/schema.ts'
import { httpSchema } from './http/schema.ts'
import { icmpSchema } from './icmp/schema.ts'
import type { Kind, Target } from './index.ts'
import { tcpSchema } from './tcp/schema.ts'
import { tlsSchema } from './tls/schema.ts'

/**
 * How each kind's options are written in the configuration. Apart from the probers on purpose: zod stays
 * out of the Lambdas' bundles, which read a plan that is already validated.
 */
export const schemas = {
  http: httpSchema,
  tcp: tcpSchema,
  dns: dnsSchema,
  tls: tlsSchema,
  half_open: halfOpenSchema,
  icmp: icmpSchema,
} satisfies { [K in Kind]: ZodType<Target<K>, unknown> }
