import { readFileSync } from 'node:fs'
import { rootCertificates } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { flow, type Option, optionsOf, type Schema } from '../../docs/generate/options.ts'
import { generatedPages } from '../../docs/generate/pages.ts'
import { makeJsonSchema } from '../../shared/config/json-schema.ts'
import { parseConfig } from '../../shared/config/parse.ts'
import { type Kind, kinds } from '../../shared/probers/index.ts'

describe('a generated page', async () => {
  test.each([...(await generatedPages())])('%s is current (npm run docs)', (path, text) => {
    expect(readFileSync(path, 'utf8')).toBe(text)
  })
})

const file = makeJsonSchema() as Schema
const options = optionsOf(file)
/** Kinds have examples within; a certificate is too long for one. */
const withoutExample = ({ path, type }: Option) =>
  type === 'PEM' || kinds.some((kind) => path === `checks[].${kind}`)

describe('the reference of the configuration', () => {
  test('has an example of every option', () => {
    const bare = options.filter((option) => option.examples.length === 0 && !withoutExample(option))
    expect(bare.map(({ path }) => path)).toEqual([])
  })

  const examples = options.flatMap((option) => option.examples.map((example) => ({ ...option, example })))

  test.each(examples)('$path: $example is written as YAML reads it', ({ key, example }) => {
    expect(parse(`${key}: ${flow(example)}`)).toEqual({ [key]: example })
  })

  test.each(examples)('$path: $example is valid', ({ path, example }) => {
    expect(parseConfig(JSON.stringify(fileWith(path, example)), 'f').errors).toEqual([])
  })

  test('notices a wrong example', () => {
    const wrong = parseConfig(JSON.stringify(fileWith('checks[].http.ip', 5)), 'f')
    expect(wrong.errors.map(({ message }) => message)).toEqual(['is 5, must be 4 or 6'])
  })
})

describe('an option that says neither a default nor that it is required', () => {
  test('is refused', () => {
    const schema: Schema = { properties: { a: { type: 'string', description: 'A text.' } } }
    expect(() => optionsOf(schema)).toThrow('a says neither a default nor that it is required')
  })
})

/** A kind with the options that it requires. */
function leastOf(kind: Kind): object {
  const required = options.filter(({ path, fallback }) => {
    return fallback === undefined && /^checks\[\]\.(\w+)\.\w+$/.exec(path)?.[1] === kind
  })
  return Object.fromEntries(required.map(({ key, examples }) => [key, examples[0]]))
}

/** What an option needs beside it. */
const companions: Readonly<Record<string, object>> = {
  password: { username: 'monitor' },
  key: { cert: rootCertificates[0]! },
  on: { contact: 'hook' },
}

/** The smallest file with this value at this path. */
function fileWith(path: string, value: unknown): object {
  const kind = kinds.find((one) => path.startsWith(`checks[].${one}.`)) ?? 'tls'
  const file = {
    regions: ['us-east-1', 'eu-west-1', 'ap-southeast-2'],
    runners: { 'lab-1': { region: 'us-east-1' } },
    contacts: { ops: { email: 'ops@example.org' }, hook: { webhook: 'https://example.org/' } },
    checks: [{ name: 'web', [kind]: leastOf(kind) }],
  }
  const names: Readonly<Record<string, string>> = { runners: 'lab-1', contacts: 'ops', headers: 'X-Name' }
  let at: Record<string, unknown> = file
  const keys = path.replaceAll('[]', '.0').split('.')
  for (const [index, written] of keys.slice(0, -1).entries()) {
    const key = written === '<name>' ? names[keys[index - 1]!]! : written
    at[key] ??= keys[index + 1] === '0' ? [] : {}
    at = at[key] as Record<string, unknown>
  }
  Object.assign(at, companions[keys.at(-1)!], { [keys.at(-1)!]: value })
  return file
}
