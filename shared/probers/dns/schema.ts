import { z } from 'zod'

export const dnsSchema = z.strictObject({ address: z.string() })
