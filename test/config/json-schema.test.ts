import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { makeJsonSchema } from '../../shared/config/json-schema.ts'
import { kinds } from '../../shared/probers/index.ts'

type Json = Readonly<Record<string, unknown>>

const schema = makeJsonSchema()
/** The generated schema read back, so that the tests use what editors get; `oneOf` is more than zod can read. */
const reread = z.fromJSONSchema(
  JSON.parse(JSON.stringify(schema, (key, value) => (key === 'oneOf' ? undefined : value))),
)
const example = parse(readFileSync('examples/upquorum.yaml', 'utf8'), { merge: true })

describe('the JSON Schema', () => {
  test('is the one beside the example (npx upquorum schema > examples/upquorum.schema.json)', () => {
    expect(JSON.parse(readFileSync('examples/upquorum.schema.json', 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(schema)),
    )
  })

  test('is pointed at by the first line of the example', () => {
    const [first] = readFileSync('examples/upquorum.yaml', 'utf8').split('\n')
    expect(first).toBe('# yaml-language-server: $schema=./upquorum.schema.json')
  })

  test('takes the example', () => {
    const { 'x-shop': _free, ...rest } = example
    expect(reread.safeParse(rest).error?.issues).toBeUndefined()
  })

  test.each<[title: string, check: Json]>([
    ['an unknown key', { name: 'a', tls: { address: 'a.example' }, timeuot: '1s' }],
    ['an unknown option', { name: 'a', tls: { address: 'a.example', day: 1 } }],
    ['a number where text belongs', { name: 443, tls: { address: 'a.example' } }],
    ['an interval without a unit', { name: 'a', tls: { address: 'a.example' }, interval: '60' }],
    ['no name', { tls: { address: 'a.example' } }],
  ])('refuses a check with %s', (_title, check) => {
    expect(reread.safeParse({ regions: ['eu-west-1'], checks: [check] }).success).toBe(false)
  })

  test.each<[title: string, check: Json]>([
    ['the short form of an expected status', { name: 'a', http: { url: 'https://a.example/', expect: 200 } }],
    ['the short form of an expected text', { name: 'a', tcp: { address: 'a.example:22', expect: 'SSH' } }],
    [
      'one value where a list may be',
      { name: 'a', tls: { address: 'a.example' }, from: 'lab-1', alerts: 'ops' },
    ],
    [
      'both forms of alerts and delay',
      {
        name: 'a',
        tls: { address: 'a.example' },
        delay: { down: 2 },
        alerts: ['ops', { contact: 'b', on: 'offline' }],
      },
    ],
  ])('takes %s', (_title, check) => {
    expect(reread.safeParse({ checks: [check] }).error?.issues).toBeUndefined()
  })

  test('demands exactly one kind and leaves x- keys free', () => {
    const { items } = (schema.properties as { checks: { items: Json } }).checks
    expect(items.oneOf).toEqual(kinds.map((kind) => ({ required: [kind] })))
    expect(Object.keys(items.properties as Json)).toEqual(expect.arrayContaining([...kinds]))
    expect(Object.keys(schema.patternProperties as object)).toEqual(['^x-'])
  })

  test('describes every key', () => {
    expect(undescribed(schema, '')).toEqual([])
  })
})

/** The paths of properties without a description, neither their own nor in their alternatives. */
function undescribed(node: unknown, path: string): string[] {
  if (typeof node !== 'object' || node === null) return []
  const { properties = {} } = node as { properties?: Json }
  const bare = Object.entries(properties)
    .filter(([, property]) => typeof (property as Json).description !== 'string')
    .map(([key]) => `${path}.${key}`)
  return [
    ...bare,
    ...Object.entries(node).flatMap(([key, inner]) =>
      undescribed(inner, key === 'properties' ? path : `${path}.${key}`),
    ),
  ]
}
