import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { define as defineDev } from '../../functions/cli/dev.ts'
import { define as defineInit } from '../../functions/cli/init.ts'
import { define as defineReplay } from '../../functions/cli/replay.ts'
import { define as defineStatus } from '../../functions/cli/status.ts'
import { testFolder } from './folder.ts'
import { run } from './program.ts'

const { path: cwd } = testFolder()
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
const help = await run(['--help'], { cwd, launched: true })
const commands = [...help.stdout.matchAll(/^ {2}([a-z-]+) {2,}/gm)].map(([, name]) => name!)

describe.concurrent('--help', () => {
  test('of the program lists the commands', () => {
    expect(help).toMatchObject({ code: 0, stderr: '' })
    expect(commands.slice(0, 5)).toEqual(['demo', 'init', 'validate', 'check', 'dev'])
    expect(commands.at(-1)).toBe('help')
  })

  test.each(commands.slice(0, -1))('of %s says how to call it', async (command) => {
    const { code, stdout, stderr } = await run([command, '--help'], { cwd })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(new RegExp(`^Usage: upquorum ${command}\\b`))
  })

  test('may be asked for as "help"', async () => {
    const [asked, helped] = await Promise.all([
      run(['schema', '--help'], { cwd }),
      run(['help', 'schema'], { cwd }),
    ])
    expect(helped).toEqual(asked)
  })
})

test.concurrent.each([[['--version']], [['dev', '--version']]])('%j prints the version', async (args) => {
  expect(await run(args, { cwd })).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
})

test.concurrent('without a command the help goes to stderr', async () => {
  const { code, stdout, stderr } = await run([], { cwd })
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/^Usage: upquorum /)
})

describe.concurrent('a wrong call is told in one line, with a hint, and ends with 2', () => {
  const listed = 'see "upquorum --help" for the commands'
  const told = (command: string) => `see "upquorum ${command} --help" for usage`
  test.each<[args: string[], error: string, hint: string]>([
    [['chekc'], "unknown command 'chekc' (Did you mean check?)", listed],
    [['help', 'nope'], "unknown command 'nope'", listed],
    [['--nope'], "unknown option '--nope'", listed],
    [['dev', '--fro', '1s'], "unknown option '--fro' (Did you mean --for?)", told('dev')],
    [['schema', 'x'], "too many arguments for 'schema'. Expected 0 arguments but got 1: x.", told('schema')],
  ])('%j', async (args, error, hint) => {
    expect(await run(args, { cwd })).toEqual({ code: 2, stdout: '', stderr: `error: ${error}\n${hint}\n` })
  })
})

describe('a wrong value is told before anything happens:', () => {
  const define = { dev: defineDev, init: defineInit, replay: defineReplay, status: defineStatus }
  type Call = readonly [command: keyof typeof define, args: readonly string[], message: string]

  const noDuration = 'It must be a duration such as 60s or 5m, at most 24d.'
  const noUrl = 'It must begin with http:// or https://.'
  const noCount = 'It must be a whole number from 1 to 999'
  const durations = ['0s', '-1s', '1', '1w', '25d', '99999999d', ' 1s', '']
  const addresses = ['example.com', 'ftp://example.com/', '']
  const counts = ['0', '-1', '1.5', '1e1', '1000', 'two', '']
  const delays = ['0', '1,', ',1', '1,2,3', '1;2', '']

  test.each<Call>([
    ...durations.map((text): Call => ['dev', [`--for=${text}`], noDuration]),
    ['dev', ['--for'], "option '--for <duration>' argument missing"],
    ['status', ['--data='], 'It must name a folder.'],
    ...addresses.map((text): Call => ['init', [`--url=${text}`], noUrl]),
    ['init', ['--url=https://me:secret@a.example/'], 'It must not contain a user name or password'],
    ...counts.map((text): Call => ['replay', ['x', `--confirmations=${text}`], `${noCount}.`]),
    ...delays.map((text): Call => ['replay', ['x', `--delay=${text}`], `${noCount}, or two with a comma`]),
  ])('%s %j', async (name, args, message) => {
    const command = new Command(name).exitOverride().configureOutput({ writeErr: () => {} })
    define[name](command)
    await expect(command.parseAsync(args, { from: 'user' })).rejects.toThrow(message)
  })
})
