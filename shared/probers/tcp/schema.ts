import { z } from 'zod'

export const tcpSchema = z.strictObject({ address: z.string() })
