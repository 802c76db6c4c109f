import { writeFileSync } from 'node:fs'
import { makeJsonSchema } from '../../shared/config/json-schema.ts'
import { generatedPages } from './pages.ts'

// `npm run docs`: writes the reference pages and the schema for editors again.

const schema = `${JSON.stringify(makeJsonSchema(), null, 2)}\n`
for (const [path, text] of [
  ...(await generatedPages()),
  ['examples/upquorum.schema.json', schema] as const,
]) {
  writeFileSync(new URL(`../../${path}`, import.meta.url), text)
  console.log(`wrote ${path}`)
}
