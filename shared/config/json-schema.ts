import { z } from 'zod'
import { kinds } from '../probers/index.ts'
import { schemas } from '../probers/schemas.ts'
import { contactName, contactShape } from './contact-schema.ts'
import { checkShape, defaultsShape, listShape, runnerName, runnerShape } from './schema.ts'

const check = z.strictObject({
  ...checkShape,
  ...Object.fromEntries(kinds.map((kind) => [kind, (schemas[kind] as z.ZodType).optional()])),
})

const file = z.strictObject({
  ...listShape,
  runners: z
    .record(runnerName, z.strictObject(runnerShape))
    .optional()
    .meta({
      description: 'Voters outside Lambda, by name. Only they have raw sockets. Default: none.',
      examples: [{ 'lab-1': { region: 'us-east-1' } }],
    }),
  defaults: z
    .strictObject(defaultsShape)
    .optional()
    .meta({
      description:
        'What holds for every check that does not say otherwise. Default: the defaults of each option.',
      examples: [{ interval: '30s', confirmations: 2 }],
    }),
  contacts: z
    .record(contactName, z.strictObject(contactShape))
    .optional()
    .meta({
      description: 'Named sets of endpoints; checks refer to them in "alerts". Default: none.',
      examples: [{ ops: { email: 'ops@example.org' } }],
    }),
  checks: z
    .array(check)
    .min(1)
    .meta({
      description: 'What to check. Each has a name and exactly one kind.',
      examples: [[{ name: 'web', http: { url: 'https://example.org/' } }]],
    }),
})

/**
 * The JSON Schema of a configuration file, for editors: draft 7, which yaml-language-server supports best. It only
 * describes shapes; `parseConfig` also checks what options require of each other.
 */
export function makeJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(file, {
    target: 'draft-07',
    io: 'input',
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema }) {
      // For what people write zod keeps neither of the two where a schema transforms it.
      const { examples, default: fallback } = z.globalRegistry.get(zodSchema) ?? {}
      if (examples !== undefined) jsonSchema.examples = examples as unknown[]
      if (fallback !== undefined) jsonSchema.default = fallback
      if (zodSchema === check) jsonSchema.oneOf = kinds.map((kind) => ({ required: [kind] }))
      if (zodSchema === file) {
        jsonSchema.title = 'upquorum.yaml'
        jsonSchema.description =
          'The configuration of upquorum: who votes, who is alerted, and what is checked.'
        jsonSchema.patternProperties = { '^x-': { description: 'Ignored: a place for anchors.' } }
      }
    },
  })
}
