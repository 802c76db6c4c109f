import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { accessOf } from '../../../cdk/deploy/access.ts'
import { contextOf, optionOf, readArguments } from '../../../cdk/deploy/arguments.ts'
import { starterConfiguration } from '../../../shared/config/starter.ts'
import { testFolder } from '../../cli/folder.ts'

describe('a call', () => {
  test.each([
    [['deploy'], { command: 'deploy', file: 'upquorum.yaml', options: [] }],
    [['destroy', 'my.yaml', '--force'], { command: 'destroy', file: 'my.yaml', options: ['--force'] }],
    [
      ['deploy', '-c', 'config=my.yaml'],
      { command: 'deploy', file: 'my.yaml', options: ['-c', 'config=my.yaml'] },
    ],
  ])('%j', (args, call) => {
    expect(readArguments(args)).toEqual(call)
  })

  test.each([
    [['-c', 'retain=false'], 'false'],
    [['--context', 'retain=false'], 'false'],
    [['--context=retain=false'], 'false'],
    [['-c', 'retain=true', '-c', 'retain=false'], 'false'],
    [['--tags', 'retain=false'], undefined],
    [[], undefined],
  ])('%j: retain is %s', (options, value) => {
    expect(contextOf(options, 'retain')).toBe(value)
  })

  test.each([
    [['--profile', 'mine'], 'mine'],
    [['--profile=mine'], 'mine'],
    [['--profile-other', 'mine'], undefined],
  ])('%j: profile is %s', (options, value) => {
    expect(optionOf(options, 'profile')).toBe(value)
  })

  test("with the CDK's --profile looks at AWS by the same", () => {
    const call = { command: 'deploy', file: 'my.yaml', options: ['--profile', 'mine'] } as const
    expect(accessOf(call)('eu-west-1')).toMatchObject({ region: 'eu-west-1', profile: 'mine' })
  })
})

describe('npm run deploy', () => {
  const { path: cwd, write } = testFolder()
  const program = join(import.meta.dirname, '../../../cdk/deploy/cli.ts')
  const run = (...args: string[]) =>
    new Promise((done) => {
      execFile(process.execPath, [program, ...args], { cwd }, (error, stdout, stderr) =>
        done({ code: error?.code ?? 0, stdout, stderr }),
      )
    })

  test('called wrongly ends with 2 and the usage', async () => {
    expect(await run('deplyo')).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^usage: npm run deploy \[file\]/),
    })
  })

  test('tells its usage', async () => {
    expect(await run('destroy', '--help')).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^usage: npm run deploy \[file\]/),
      stderr: '',
    })
  })

  test('says of a file that is not there how to make or name one', async () => {
    expect(await run('deploy', 'my.yaml')).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'cannot read my.yaml: there is no such file; name another, or let "upquorum init" write a first one\n',
    })
  })

  test('tells all errors of a configuration, in the words of validate', async () => {
    write('bad.yaml', 'regions: [here]\nchecks: []\n')
    expect(await run('deploy', 'bad.yaml')).toEqual({
      code: 1,
      stdout: '',
      stderr: [
        'bad.yaml:1:11 regions[0]: is not a region; write an AWS region such as eu-west-1',
        'bad.yaml:2:9 checks: is empty, must be a list with at least one check\n',
      ].join('\n'),
    })
  })

  test('refuses to alert nobody, before anything else happens', async () => {
    write('first.yaml', starterConfiguration('https://example.com/'))
    expect(await run('deploy', 'first.yaml')).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'first.yaml:15:12 contacts.ops.email: is ops@example.com, a placeholder: write an address that somebody reads\n',
    })
  })
})
