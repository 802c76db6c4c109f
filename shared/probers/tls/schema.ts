import { z } from 'zod'

export const tlsSchema = z.strictObject({ address: z.string() })
