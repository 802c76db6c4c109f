import { z } from 'zod'

export const httpSchema = z.strictObject({ address: z.string() })
