import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Arguments } from '../../../cdk/deploy/arguments.ts'
import { destroy } from '../../../cdk/deploy/destroy.ts'
import { CommandFailure } from '../../../functions/terminal/failure.ts'
import { testFolder } from '../../cli/folder.ts'
import { configOf } from '../synth.ts'
import { type Account, heard, notedCdk, startAccount } from './account.ts'

const text = `
regions: [us-east-1, eu-west-1]
homes: [us-east-1]
runners: { lab-1: { region: eu-west-1 }, lab-2: { region: eu-west-1 } }
defaults: { confirmations: 1 }
checks:
  - { name: web, tcp: { address: "example.com:443" } }
`
const config = configOf(text)
const { path: cwd, write } = testFolder()
const program = join(import.meta.dirname, '../../../cdk/deploy/cli.ts')
const retain = ['-c', 'retain=false']
const stacks = [
  'these stacks will be deleted:',
  '  upquorum-home-us-east-1',
  '  upquorum-probe-us-east-1',
  '  upquorum-probe-eu-west-1',
  '  upquorum-runners-eu-west-1',
]
const described = 'the table upquorum in us-east-1 (12,345 items, 3.4 MB at the last count; since 2026-11-02)'
const loss = [
  'and with them, permanently, the history, the plans and the status of every check:',
  `  ${described}`,
  'DynamoDB keeps a last backup of each for 35 days.',
]
const destroyCall = (...options: string[]) => ['destroy --all --force -c quiet=true |', ...options].join(' ')

/** Runs a destroy with these answers; undefined: without a terminal. */
async function outcome(
  options: readonly string[],
  answers: readonly string[] | undefined,
  account: Account = { 'us-east-1': { table: { isProtected: true } } },
  cdk = notedCdk(),
) {
  await startAccount(account)
  const said = heard()
  const asked: string[] = []
  const ask =
    answers &&
    (async (question: string) => {
      asked.push(question)
      return answers[asked.length - 1]!
    })
  const call: Arguments = { command: 'destroy', file: 'my.yaml', options }
  const failure = await destroy(call, config, { cdk: cdk.cdk, ask }).catch((error) => error)
  const hasTable = account['us-east-1']?.table !== undefined
  return { calls: cdk.calls, said, asked, failure, hasTable }
}

describe('destroy', () => {
  test('asks once, keeps the table, and says how it goes on', async () => {
    expect(await outcome([], ['y'])).toEqual({
      calls: [destroyCall()],
      asked: ['Delete them? (y/n) '],
      said: [
        ...stacks,
        `${described} stays, protected from deletion. npm run deploy adopts it again; to delete it permanently:`,
        '  npm run destroy my.yaml -- -c retain=false',
      ],
      failure: undefined,
      hasTable: true,
    })
  })

  test('that deletes the table asks twice, the second time for its name', async () => {
    expect(await outcome(retain, ['yes', 'upquorum'])).toEqual({
      calls: [destroyCall(...retain)],
      asked: ['Delete them? (y/n) ', 'Type upquorum to delete them: '],
      said: [...stacks, ...loss, `${described} was deleted`],
      failure: undefined,
      hasTable: false,
    })
  })

  test.each([
    ['at the first question', [], ['n']],
    ['by silence', [], ['']],
    ['at the first question, about the table', retain, ['n']],
    ['at the second', retain, ['y', 'y']],
  ])('does nothing when somebody thinks better of it %s', async (_when, options, answers) => {
    const { calls, failure, hasTable } = await outcome(options, answers)
    expect({ calls, failure, hasTable }).toEqual({
      calls: [],
      failure: new CommandFailure('nothing was destroyed'),
      hasTable: true,
    })
  })

  test('without a terminal does nothing, and says what would', async () => {
    const { calls, failure, hasTable } = await outcome(retain, undefined)
    expect({ calls, failure, hasTable }).toEqual({
      calls: [],
      failure: new CommandFailure(
        'destroy asks before it deletes, and there is no terminal to ask on; to delete without asking: npm run destroy my.yaml -- -c retain=false --force',
        2,
      ),
      hasTable: true,
    })
  })

  test('as npm runs it, in a pipe, is refused like that and ends with 2', async () => {
    await startAccount({ 'us-east-1': { table: { isProtected: true } } })
    const file = write('my.yaml', text)
    const ended = new Promise((done) => {
      const child = execFile(process.execPath, [program, 'destroy', file], { cwd }, (error, stdout, stderr) =>
        done({ code: error?.code, stdout, stderr }),
      )
      child.stdin!.end('y\n')
    })
    expect(await ended).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'destroy asks before it deletes, and there is no terminal to ask on; to delete without asking: npm run destroy my.yaml -- --force\n',
    })
  })

  test.each(['--force', '-f', '--yes', '-y'])('with %s asks nothing', async (consent) => {
    const { calls, asked, hasTable } = await outcome([...retain, consent], undefined)
    expect({ calls, asked, hasTable }).toEqual({
      calls: [destroyCall(...retain)],
      asked: [],
      hasTable: false,
    })
  })

  test("never deletes a table of somebody else's", async () => {
    const account = { 'us-east-1': { table: { isProtected: false, keys: ['id', 'at'] } } }
    const { calls, said, failure, hasTable } = await outcome([...retain, '--force'], undefined, account)
    expect({ calls, said, failure, hasTable }).toEqual({
      calls: [destroyCall(...retain)],
      said: [],
      failure: undefined,
      hasTable: true,
    })
  })

  test('keeps a table in any case unless -c retain=false is said: one that goes with its stack stops it', async () => {
    const account = { 'us-east-1': { table: { isProtected: false } } }
    const { calls, failure, hasTable } = await outcome(['--force'], undefined, account)
    expect({ calls, failure, hasTable }).toEqual({
      calls: [],
      failure: new CommandFailure(
        [
          `${described} is not protected and may be deleted with its stack. Nothing was destroyed`,
          '- to keep it: npm run deploy my.yaml, then npm run destroy again',
          '- to delete it: npm run destroy my.yaml -- -c retain=false',
        ].join('\n'),
      ),
      hasTable: true,
    })
  })

  test('touches no retained table when a stack could not be deleted', async () => {
    const { failure, hasTable } = await outcome(
      [...retain, '--force'],
      undefined,
      undefined,
      notedCdk(() => false),
    )
    expect(failure.message).toMatch(
      /^not everything was destroyed; .* No table that outlives its stack was touched\./,
    )
    expect(hasTable).toBe(true)
  })

  test('asks once where no table is left', async () => {
    const { asked, failure } = await outcome(retain, ['y'], { 'us-east-1': {} })
    expect({ asked, failure }).toEqual({ asked: ['Delete them? (y/n) '], failure: undefined })
  })

  test('does nothing where it cannot see whether there is a table to keep', async () => {
    const { calls, failure } = await outcome(['--force'], undefined, {
      'us-east-1': { fault: 'AccessDeniedException' },
    })
    expect({ calls, failure }).toEqual({
      calls: [],
      failure: new CommandFailure(
        'cannot check whether us-east-1 has a table to keep, so nothing more is destroyed: these credentials are not allowed to do that (not authorized to do that)',
      ),
    })
  })
})
