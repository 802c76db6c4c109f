import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { createProgram } from '../../functions/cli/program.ts'
import { parseConfig } from '../../shared/config/parse.ts'
import { blocksOf, brokenLinks, callsOf, type Page, proseOf, readPages } from './pages.ts'

const pages = readPages()
const packageJson = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, Record<string, string>>
let program: Command
beforeAll(async () => {
  program = await createProgram(() => true)
})

const invented = (text: string): Page => ({ path: 'docs/invented.md', text })

test('there are pages', () => {
  expect(pages.map(({ path }) => path)).toEqual(
    expect.arrayContaining([
      'CONTRIBUTING.md',
      'README.md',
      'SECURITY.md',
      'docs/ARCHITECTURE.md',
      'docs/cli.md',
    ]),
  )
})

test('the README has at most 150 lines', () => {
  expect(readFileSync('README.md', 'utf8').split('\n').length).toBeLessThanOrEqual(151)
})

describe('links', () => {
  test.each(pages)('of $path lead to files and headings that exist', (page) => {
    expect(brokenLinks(page, pages)).toEqual([])
  })

  test('that lead nowhere are found', () => {
    const page = invented(
      '# Here\n[a](#here) [b](#there) [c](cli.md) [d](no.md) [e](cli.md#nothing) [f](https://a.example)',
    )
    expect(brokenLinks(page, pages)).toEqual(['#there', 'no.md', 'cli.md#nothing'])
  })
})

describe('YAML', () => {
  // What goes into a named file is a part of it, and tried by test/kind-in-one-room.slow.test.ts.
  const examples = pages.flatMap((page) =>
    blocksOf(page, 'yaml')
      .filter((yaml) => !/^# \S+\.yaml\n/.test(yaml))
      .map((yaml) => ({ path: page.path, yaml })),
  )

  test.each(examples)('of $path is a valid configuration: $yaml', ({ path, yaml }) => {
    expect(parseConfig(completed(yaml), path).errors).toEqual([])
  })

  test('that is wrong is found', () => {
    const { errors } = parseConfig(completed('checks: [{ name: web, http: { uri: a } }]'), 'f')
    expect(errors.map(({ message }) => message)).toContain('is unknown; did you mean url?')
  })
})

/** An example with what it leaves out, as a reader would fill it in. */
function completed(yaml: string): string {
  const written = Object.keys((parse(yaml, { merge: true }) as object | null) ?? {})
  const rest = {
    ...(written.includes('runners') ? {} : { regions: 'regions: [us-east-1, eu-west-1, ap-southeast-2]' }),
    contacts: 'contacts: { ops: { email: ops@example.org } }',
    checks: 'checks: [{ name: web, http: { url: https://example.org/ } }]',
  }
  const missing = Object.entries(rest).filter(([key]) => !written.includes(key))
  return [yaml.trimEnd(), ...missing.map(([, line]) => line)].join('\n')
}

describe('commands', () => {
  const upquorum = /^(npx )?upquorum /
  const npm = /^npm run /

  test.each(pages)('of $path exist, with their options', (page) => {
    expect(callsOf(page, upquorum).flatMap(mistakesIn)).toEqual([])
    expect(
      callsOf(page, npm).filter((call) => !Object.hasOwn(packageJson.scripts!, call.split(' ')[2]!)),
    ).toEqual([])
  })

  test('that do not are found', () => {
    const page = invented(
      '`npx upquorum chekc`\n```sh\nnpx upquorum dev --fro 1s   # comment\nnpx upquorum shake -f x\n```\n',
    )
    expect(callsOf(page, upquorum).flatMap(mistakesIn)).toEqual([
      'npx upquorum dev --fro 1s: --fro',
      'npx upquorum chekc: no command chekc',
    ])
  })

  function mistakesIn(call: string): readonly string[] {
    const [name, ...rest] = call.replace(upquorum, '').split(/\s+/) as [string, ...string[]]
    // "upquorum <command>", and the program's own options.
    if (/^(<|--?(help|version|h|V)$)/.test(name)) return []
    const command = program.commands.find((one) => one.name() === name)
    if (command === undefined) return [`${call}: no command ${name}`]
    const known = [...command.options.flatMap(({ short, long }) => [short, long]), '--help', '-h']
    return rest
      .filter((word) => /^--?[a-z]/.test(word))
      .map((word) => word.split('=')[0]!)
      .filter((option) => !known.includes(option))
      .map((option) => `${call}: ${option}`)
  }
})

describe('words', () => {
  const puzzles = /\b(so many|whoever|of which|nobody who)\b/gi

  test.each(pages)('of $path need no second reading', (page) => {
    expect(proseOf(page).match(puzzles) ?? []).toEqual([])
  })

  test('that do are found', () => {
    expect('So many voters, whoever they are'.match(puzzles)).toEqual(['So many', 'whoever'])
  })
})

test('every dependency has its reason', () => {
  const reasons = readFileSync('docs/dependencies.md', 'utf8')
  const names = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((key) =>
    Object.keys(packageJson[key]!),
  )
  const isNamed = (name: string) =>
    reasons.includes(`\`${name}\``) || reasons.includes(`\`${name.split('/').at(-1)}\``)
  const siblings = (name: string) => /^node-(bin-)?(darwin|linux|win)-/.test(name)
  expect(names.filter((name) => !isNamed(name) && !siblings(name))).toEqual([])
})
