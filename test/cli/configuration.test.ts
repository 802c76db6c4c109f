import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readConfig } from '../../functions/cli/configuration.ts'
import { testFolder } from './folder.ts'
import { start } from './program.ts'

// The commands about the file itself, as real processes: stdout, stderr and exit codes.

const { path: folder, write } = testFolder()
const run = (...args: string[]) => start(args, { cwd: folder }).ended

const good =
  "regions: [us-east-1, eu-west-1, eu-north-1]\nchecks: [{ name: web, tcp: { address: 'a.example:80' } }]\n"

describe.concurrent('upquorum validate', () => {
  test('sums a valid file up in one line, with its warnings on stderr', async () => {
    const file = write('warned.yaml', good.replace(', eu-north-1', ''))
    expect(await run('validate', file)).toEqual({
      code: 0,
      stdout: 'warned.yaml: valid, 1 check in 1 shard, 2 regions voting, 0 contacts\n',
      stderr:
        'warned.yaml:1:1 defaults.confirmations: warning: is 2 of 2 voters for 1 check, when left out: one silent voter blinds the check\n',
    })
  })

  test('prints every error of a wrong file on stderr and ends with 1', async () => {
    const file = write('bad.yaml', 'regions: [here]\ncheks: []\n')
    expect(await run('validate', file)).toEqual({
      code: 1,
      stdout: '',
      stderr: [
        'bad.yaml:1:1 checks: is missing, must be a list with at least one check',
        'bad.yaml:1:11 regions[0]: is not a region; write an AWS region such as eu-west-1',
        'bad.yaml:2:1 cheks: is unknown; did you mean checks?',
        'bad.yaml: 3 errors\n',
      ].join('\n'),
    })
  })

  test('tells the same as JSON on stdout, with the same exit code', async () => {
    const file = write('bad-too.yaml', 'checks: 5')
    const { code, stdout, stderr } = await run('validate', file, '--json')
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    expect(JSON.parse(stdout)).toMatchObject({
      type: 'validation',
      valid: false,
      errors: [
        { file, line: 1, column: 1, path: 'regions' },
        {
          file,
          line: 1,
          column: 9,
          path: 'checks',
          message: 'is a number, must be a list with at least one check',
        },
      ],
      warnings: [],
    })
  })
})

describe.concurrent('upquorum init', () => {
  test('writes a file that validates without a warning, and never overwrites one', async () => {
    expect(await run('init', 'first.yaml', '--url', 'https://a.example/health')).toEqual({
      code: 0,
      stdout: 'wrote first.yaml; try: npx upquorum check first.yaml\n',
      stderr: '',
    })
    const text = readFileSync(join(folder, 'first.yaml'), 'utf8')
    expect(text).toContain('"https://a.example/health"')
    const [, schema] = text.match(/^# yaml-language-server: \$schema=(\..*)\n/)!
    expect(resolve(folder, schema!)).toBe(resolve('examples/upquorum.schema.json'))
    const [valid, again] = await Promise.all([run('validate', 'first.yaml'), run('init', 'first.yaml')])
    expect(valid).toMatchObject({ code: 0, stderr: '' })
    expect(again).toEqual({ code: 1, stdout: '', stderr: 'first.yaml already exists; name another file\n' })
    expect(readFileSync(join(folder, 'first.yaml'), 'utf8')).toBe(text)
  })
})

test('upquorum schema prints the JSON Schema that is beside the example', async () => {
  const { code, stdout, stderr } = await run('schema')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(JSON.parse(stdout)).toEqual(JSON.parse(readFileSync('examples/upquorum.schema.json', 'utf8')))
})

test.each<[what: string, file: () => string, message: string]>([
  [
    'is not there',
    () => 'nowhere.yaml',
    'cannot read FILE: there is no such file; name another, or let "upquorum init" write a first one',
  ],
  ['is a folder', () => '.', 'cannot read FILE: illegal operation on a directory'],
  ['is not text', () => write('image.yaml', Buffer.from([0xff, 0xd8, 0xff])), 'FILE: is not UTF-8 text'],
  ['is huge', () => write('huge.yaml', Buffer.alloc(3e6, 35)), 'FILE: is too large, must be at most 2 MiB'],
  [
    'is wrong',
    () => write('wrong.yaml', 'checks: []'),
    'FILE:1:1 regions: is missing, must name at least one AWS region such as eu-west-1; otherwise there are no voters\n' +
      'FILE:1:9 checks: is empty, must be a list with at least one check',
  ],
])('every command says of a file that %s what it is, and nothing else', (_what, file, message) => {
  const path = join(folder, file())
  expect(() => readConfig(path)).toThrow(
    expect.objectContaining({ message: message.replaceAll('FILE', path) }),
  )
})
