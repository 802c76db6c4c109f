import { describe, expect, test } from 'vitest'
import { testFolder } from './folder.ts'
import { run } from './program.ts'

const { path: cwd, write } = testFolder()
const file = write(
  'replay.yaml',
  `regions: [us-east-1, eu-west-1, eu-north-1]
defaults: { interval: 60s, confirmations: 2, delay: 2 }
checks:
  - { name: web, tcp: { address: 'a.example:80' }, slow: 1s }
  - { name: db, tcp: { address: 'a.example:81' } }
  - { name: gone, tcp: { address: 'a.example:82' }, enabled: false }
`,
)
const voters = ['us-east-1', 'eu-west-1', 'eu-north-1']
const first = 1790000040
const off = { vote: 'offline', reason: 'refused', detail: 'a separator of lines: \u2028' }
const on = { vote: 'online', ms: 12.3 }

const ballot = (after: number, voter: string, votes: object) =>
  JSON.stringify({ type: 'ballot', tick: first + after, voter, votes })
const tick = (after: number, votes: object) => voters.map((voter) => ballot(after, voter, votes))

function replay(lines: readonly string[], ...options: string[]) {
  return run(['replay', file, ...options], { cwd, input: lines.join('\n') })
}

/** The transitions that a run printed, as `web pending>online 60`. */
function changesIn(stdout: string): readonly string[] {
  const lines = stdout.split('\n').filter((line) => line !== '')
  return lines
    .map((line) => JSON.parse(line) as Record<string, string>)
    .map(({ check, from, to, tick }) => `${check} ${from}>${to} ${Number(tick) - first}`)
}

describe.concurrent('upquorum replay', () => {
  test.each([[[]], [['{"type":"summary"}', '']]])(
    'input without ballots, as %j, is a failure',
    async (lines) => {
      expect(await replay(lines)).toEqual({
        code: 1,
        stdout: '',
        stderr: 'stdin contains no ballots; pipe in the output of "upquorum dev --json"\n',
      })
    },
  )

  test('writes transitions and nothing else to stdout, whatever else the input holds', async () => {
    const [one, ...others] = tick(0, { web: off, db: on })
    const { code, stdout, stderr } = await replay([
      `\uFEFF${one}\r`,
      '',
      '{"type":"transition","check":"web","from":"online","to":"offline","tick":1}',
      '{"type":"summary"}',
      ...others,
      ...tick(60, { web: off, db: on, gone: off, '\u001b[31m': on }),
      ballot(61, 'mars-north-1', {}),
    ])
    expect(stdout.split('\n')[1]).toBe(
      '{"type":"transition","check":"web","from":"pending","to":"offline","tick":1790000100,' +
        '"alertId":"web@1790000100","votes":{"eu-north-1":"offline","eu-west-1":"offline","us-east-1":"offline"}}',
    )
    expect(changesIn(stdout)).toEqual(['db pending>online 60', 'web pending>offline 60'])
    const unknown = 'it is not in the configuration, or disabled there'
    expect(stderr.split('\n')).toEqual([
      `stdin:7: warning: unknown check "gone"; ${unknown}`,
      `stdin:7: warning: unknown check "\\u001b[31m"; ${unknown}`,
      'stdin:10: warning: unknown voter "mars-north-1"',
      '',
    ])
    expect(code).toBe(0)
  })

  test('--confirmations and --delay hold for every check', async () => {
    const recorded = [0, 60, 120].flatMap((after) => [
      ballot(after, voters[0]!, { web: off, db: on }),
      ballot(after, voters[1]!, { web: on, db: on }),
    ])
    const [one, strict] = await Promise.all([
      replay(recorded, '--confirmations', '1', '--delay', '3,1'),
      replay(recorded, '--confirmations=3'),
    ])
    expect(changesIn(one.stdout)).toEqual(['db pending>online 0', 'web pending>offline 120'])
    expect(strict).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  test.each<[what: string, lines: readonly string[], message: string]>([
    [
      'a tick that is not a multiple of the interval',
      [...tick(0, { web: off }), ...tick(60, { web: off }), ballot(90, voters[0]!, { web: off })],
      'stdin:7: tick 1790000130 is not a multiple of the interval of any check of us-east-1',
    ],
    ['a line that is not JSON', [...tick(0, { web: off }), 'nonsense'], 'stdin:4: is not JSON'],
    ['a line without an end', ['', 'x'.repeat(5 * 1024 ** 2)], 'stdin:2: the line is longer than 4 MiB'],
  ])('%s is an error, and nothing goes to stdout', async (_, lines, message) => {
    expect(await replay(lines)).toEqual({ code: 1, stdout: '', stderr: `${message}\n` })
  })

  test('more confirmations than a check has voters are a wrong call', async () => {
    expect(await replay([], '--confirmations', '4')).toEqual({
      code: 2,
      stdout: '',
      stderr: '--confirmations 4: web has only 3 voters\n',
    })
  })

  test('many different oddities are counted, not told', async () => {
    const odd = Array.from({ length: 1_000 }, (_, number) => ballot(0, `voter-${number}`, {}))
    const { code, stderr } = await replay(odd)
    const told = stderr.trimEnd().split('\n')
    expect({ code, lines: told.length, last: told.at(-1) }).toEqual({
      code: 0,
      lines: 21,
      last: 'stdin: 980 more warnings',
    })
  })

  test('100,000 ballots are read without effort', async () => {
    const lines = Array.from({ length: 33_334 }, (_, number) =>
      tick(60 * number, { web: number === 30_000 || number === 30_001 ? off : on, db: on }),
    )
    const { stdout } = await replay(lines.flat())
    expect(changesIn(stdout)).toEqual([
      'db pending>online 60',
      'web pending>online 60',
      `web online>offline ${30_001 * 60}`,
      `web offline>online ${30_003 * 60}`,
    ])
  }, 60_000)
})
