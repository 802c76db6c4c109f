import { z } from 'zod'
import { kinds } from '../probers/index.ts'
import { schemas } from '../probers/schemas.ts'
import {
  checkShape,
  contactName,
  contactShape,
  defaultsShape,
  listShape,
  runnerName,
  runnerShape,
} from './schema.ts'

const check = z.strictObject({
  ...checkShape,
  ...Object.fromEntries(kinds.map((kind) => [kind, (schemas[kind] as z.ZodType).optional()])),
})

const file = z.strictObject({
  ...listShape,
  runners: z
    .record(runnerName, z.strictObject(runnerShape))
    .optional()
    .describe('Voters outside Lambda, by name; only they have raw sockets.'),
  defaults: z
    .strictObject(defaultsShape)
    .optional()
    .describe('Defaults for checks that do not set these options.'),
  contacts: z
    .record(contactName, z.strictObject(contactShape))
    .optional()
    .describe('Named sets of endpoints; checks refer to them in "alerts".'),
  checks: z.array(check).min(1).describe('What to check; each has a name and one kind.'),
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
