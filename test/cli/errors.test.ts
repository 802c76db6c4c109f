import { spawnSync } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { CommanderError } from 'commander'
import { expect, test, vi } from 'vitest'
import { exitCodeOf, sentenceOf } from '../../functions/cli/errors.ts'
import { CommandFailure } from '../../functions/terminal/failure.ts'

test.each<[what: string, error: unknown, sentence: string]>([
  ['of several lines is told in one', new Error('the disk\n  is full'), 'the disk is full'],
  ['without a message has a name', new RangeError(), 'RangeError'],
  ['that is none is told all the same', 'full', 'full'],
  ['has its cause', new Error('cannot open', { cause: new Error('locked') }), 'cannot open: locked'],
  ['that repeats its cause does so once', new Error('E: no', { cause: new Error('no') }), 'E: no'],
  [
    'that stands for several is the first of them',
    new AggregateError([new Error('connect ECONNREFUSED ::1'), new Error('127.0.0.1')], ''),
    'connect ECONNREFUSED ::1',
  ],
  ['steers no terminal', new Error('\u001b[2J'), '\\x1b[2J'],
])('an error that %s', (_, error, sentence) => {
  expect(sentenceOf(error)).toBe(sentence)
})

test.each<[error: unknown, code: number, told: string]>([
  [new CommandFailure('no such file'), 1, 'no such file\n'],
  [new CommandFailure('two\nlines', 2), 2, 'two\nlines\n'],
  [new CommanderError(1, 'commander.unknownOption', 'told already'), 2, ''],
  [new CommanderError(0, 'commander.helpDisplayed', 'help'), 0, ''],
  [new TypeError('x is not a function'), 1, 'x is not a function\n'],
])('%s ends with %i', (error, code, told) => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  try {
    expect(exitCodeOf(error)).toBe(code)
    expect(write.mock.calls.join('')).toBe(told)
  } finally {
    write.mockRestore()
  }
})

test.each([
  ['thrown from a callback', 'setTimeout(() => { throw new Error("the disk is full") })'],
  ['rejected with nobody to catch it', 'void Promise.reject(new Error("the disk is full"))'],
])('what is %s ends the process with a sentence, not with a stack trace', (_, accident) => {
  const ending = pathToFileURL('functions/cli/errors.ts').href
  const script = `import { watchForTheUnexpected } from '${ending}'
    watchForTheUnexpected()
    setInterval(() => {}, 1000)
    ${accident}`
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  })
  expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: '', stderr: 'the disk is full\n' })
})
