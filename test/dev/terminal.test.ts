import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createTerminal, type TerminalOptions } from '../../functions/dev/screen/terminal.ts'
import type { CheckName, ContactName, Vote, VoterName } from '../../shared/check.ts'
import type { Line } from '../../shared/replay/lines.ts'
import { manualClock } from '../fixtures/clock.ts'
import { abstain, alert, ballot, check, off, on, slow, tick, transition, voters } from './lines.ts'

/** A terminal that collects its output; by default plain lines of 80 columns. */
function recording(options: Partial<TerminalOptions> = {}) {
  let text = ''
  const clock = manualClock(0)
  const terminal = createTerminal({
    write(added) {
      text += added
    },
    columns: () => 80,
    colour: false,
    interactive: false,
    checks: [check('web'), check('db'), check('cert', { intervalSeconds: 30 })],
    voters,
    clock,
    ...options,
  })
  return {
    ...terminal,
    advance: clock.advance,
    show(...lines: Line[]) {
      for (const line of lines) terminal.line(line)
    },
    /** Returns what was written since the last call. */
    taken() {
      const taken = text
      text = ''
      return taken
    },
  }
}

/** A tick in which every voter casts the same vote on every check. */
function agreed(after: number, votes: Record<string, Vote>): Line[] {
  return voters.map((_, voter) => ballot(after, voter, votes))
}

test('what the marks mean and when the first are to be expected is said before there are any', () => {
  const terminal = recording()
  terminal.begin(tick)
  expect(terminal.taken()).toBe(`One mark per voter, in this order: us-east-1, eu-west-1, ap-southeast-2
+ online, ~ slow, x offline, - abstained, . no ballot; times are UTC
first tick at 07:31:00 UTC
`)
})

test('a remark of the program begins with a dash that the terminal knows', () => {
  const terminal = recording()
  terminal.say('Now a real outage.')
  expect(terminal.taken()).toBe('\n- Now a real outage.\n')
  const watched = recording({ interactive: true })
  watched.say('Now a real outage.')
  expect(watched.taken()).toBe('\n— Now a real outage.\n')
})

describe('a line of marks per tick', () => {
  test('appears when the last voter has voted', () => {
    const terminal = recording()
    terminal.show(
      ballot(0, 0, { web: on(), db: on(), cert: on() }),
      ballot(0, 1, { web: on(), db: off(), cert: on() }),
    )
    expect(terminal.taken()).toBe('')
    terminal.show(ballot(0, 2, { web: slow(), db: abstain(), cert: on() }))
    expect(terminal.taken()).toBe(`07:31:00  web ++~  db +x-  cert +++
          ~ slow: web from ap-southeast-2 took 1,240 ms (over 1 s)
          x db from eu-west-1: refused: 127.0.0.1:5432 refused the connection
          - db: ap-southeast-2 abstained: no free socket (EMFILE)
`)
  })

  test('a check that is not due keeps its column', () => {
    const terminal = recording({ checks: [check('cert', { intervalSeconds: 30 }), check('web')] })
    terminal.show(...agreed(0, { web: on(), cert: on() }), ...agreed(10, { web: on() }))
    expect(terminal.taken()).toBe(`07:31:00  cert +++  web +++
07:31:10            web +++
`)
  })

  test('the ballots of several shards make one line, and each check waits for its own voters only', () => {
    const lab = 'lab-1' as VoterName
    const terminal = recording({ checks: [check('web'), check('port', { voters: [lab] })] })
    terminal.show(...agreed(0, { web: on() }))
    expect(terminal.taken()).toBe('')
    terminal.show({ type: 'ballot', tick, voter: lab, votes: { ['port' as CheckName]: off('no answer') } })
    expect(terminal.taken()).toContain('07:31:00  web +++  port x\n')
  })

  test('a ballot may come after the next tick has begun, but a third tick does not wait', () => {
    const terminal = recording({ checks: [check('web')] })
    terminal.show(ballot(0, 0, { web: on() }), ballot(0, 1, { web: on() }), ...agreed(10, { web: on() }))
    expect(terminal.taken()).toBe('')
    terminal.show(ballot(20, 0, { web: on() }))
    expect(terminal.taken()).toBe(`07:31:00  web ++.\n07:31:10  web +++\n`)
    terminal.show(ballot(0, 2, { web: on() }))
    expect(terminal.taken()).toBe('07:31:00  the ballot of ap-southeast-2 was late\n')
  })

  test('a voter that stays away is not waited for any longer, until it votes again', () => {
    const terminal = recording({ checks: [check('web')] })
    const without = (after: number) => [ballot(after, 0, { web: on() }), ballot(after, 1, { web: on() })]
    terminal.show(...without(0), ...without(10), ...without(20), ...without(30))
    expect(terminal.taken()).toBe(
      `07:31:00  web ++.\n07:31:10  web ++.\n07:31:20  web ++.\n07:31:30  web ++.\n`,
    )
    terminal.show(ballot(40, 2, { web: on() }), ballot(40, 0, { web: on() }))
    expect(terminal.taken()).toBe('')
    terminal.show(ballot(40, 1, { web: on() }))
    expect(terminal.taken()).toBe('07:31:40  web +++\n')
  })

  test('flush shows what still waits', () => {
    const terminal = recording({ checks: [check('web')] })
    terminal.show(ballot(0, 1, { web: on() }), ballot(10, 1, { web: on() }))
    terminal.flush()
    expect(terminal.taken()).toBe(`07:31:00  web .+.\n07:31:10  web .+.\n`)
  })
})

describe('the reason of a vote', () => {
  test('is told the first time and when it changes, not at each tick, and again after a recovery', () => {
    const terminal = recording({ checks: [check('web')] })
    const notesAt = (after: number, vote: Vote) => {
      terminal.show(...agreed(after, { web: vote }))
      return terminal
        .taken()
        .split('\n')
        .filter((line) => line.startsWith('     '))
    }
    const all = 'all 3 voters'
    expect(notesAt(0, off('no answer'))).toEqual([`          x web from ${all}: refused: no answer`])
    expect(notesAt(10, off('no answer'))).toEqual([])
    expect(notesAt(20, off('answered 503'))).toEqual([`          x web from ${all}: refused: answered 503`])
    expect(notesAt(30, on())).toEqual([])
    expect(notesAt(40, off('answered 503'))).toEqual([`          x web from ${all}: refused: answered 503`])
  })

  test('a tick explains eight votes and counts the others', () => {
    const names = Array.from({ length: 20 }, (_, index) => `c${index}`)
    const terminal = recording({ checks: names.map((name) => check(name)) })
    terminal.show(...agreed(0, Object.fromEntries(names.map((name) => [name, off('gone')]))))
    const lines = terminal.taken().trimEnd().split('\n')
    expect(lines.filter((line) => line.includes(': refused: gone'))).toHaveLength(8)
    expect(lines.at(-1)).toBe('          ... and 12 more')
  })
})

describe('many checks', () => {
  const names = Array.from({ length: 200 }, (_, index) => `check-${String(index).padStart(3, '0')}`)
  const checks = names.map((name) => check(name))

  test('become counts, with the marks of those that are not online, the worst first', () => {
    const terminal = recording({ checks })
    const votes = (voter: number) =>
      Object.fromEntries(
        names.map((name, index) => [
          name,
          index === 3 ? slow() : index === 70 && voter > 0 ? off('gone') : on(),
        ]),
      )
    terminal.show(...voters.map((_, voter) => ballot(0, voter, votes(voter))))
    expect(terminal.taken()).toContain(
      '07:31:00  200 checks  + 198  ~ 1  x 1  check-070 +xx  check-003 ~~~\n',
    )
  })

  test('are cut where the line ends', () => {
    const terminal = recording({ checks, columns: () => 60 })
    terminal.show(...agreed(0, Object.fromEntries(names.map((name) => [name, off('gone')]))))
    expect(terminal.taken()).toContain('07:31:00  200 checks  x 200  check-000 xxx  ...\n')
  })
})

describe('a tick that is decided before its last ballot is in', () => {
  const decided = transition('web', 'online', 'offline', ['offline', 'offline', 'missing'])
  const marks = `07:31:00  web xxx
          x web from all 3 voters: refused: gone
`
  const change = '07:31:00  web  online -> OFFLINE  2 of 3 voters  us-east-1 x  eu-west-1 x\n'
  function started() {
    const terminal = recording({ checks: [check('web')], columns: () => 100 })
    terminal.show(ballot(0, 0, { web: off('gone') }), ballot(0, 1, { web: off('gone') }), decided, alert())
    expect(terminal.taken()).toBe('')
    return terminal
  }

  test('has its line first, then the transition and its alert', () => {
    const terminal = started()
    terminal.show(ballot(0, 2, { web: off('gone') }))
    const text = terminal.taken()
    expect(text.startsWith(`${marks}${change}+- alert to oncall`)).toBe(true)
    terminal.advance(1_000)
    terminal.show(alert())
    expect(terminal.taken()).toMatch(/^\+- alert to oncall/)
  })

  test('keeps neither for longer than half a second', () => {
    const terminal = started()
    terminal.advance(499)
    expect(terminal.taken()).toBe('')
    terminal.advance(1)
    expect(terminal.taken().startsWith(`${change}+- alert to oncall`)).toBe(true)
    terminal.show(ballot(0, 2, { web: off('gone') }))
    expect(terminal.taken()).toBe(marks)
  })

  test('keeps nothing back at the end', () => {
    const terminal = started()
    terminal.flush()
    expect(terminal.taken()).toContain(change)
  })

  test('tells of checks that arrive together in one line, also when the line of the tick came first', () => {
    const terminal = recording()
    terminal.show(...agreed(0, { web: on(), db: on(), cert: on() }))
    terminal.taken()
    for (const name of ['web', 'db', 'cert']) {
      terminal.show(transition(name, 'pending', 'online', ['online', 'online', 'online']))
    }
    expect(terminal.taken()).toBe('')
    terminal.advance(500)
    expect(terminal.taken()).toBe('07:31:00  3 checks  pending -> online  web, db, cert\n')
  })

  test('tells of checks that arrive together in one line, and of the others in their own', () => {
    const terminal = recording()
    const names = ['web', 'db', 'cert']
    const votes = { web: on(), db: off('gone'), cert: on() }
    terminal.show(ballot(0, 0, votes), ballot(0, 1, votes))
    for (const name of names) {
      const word = votes[name as keyof typeof votes].vote as 'online' | 'offline'
      terminal.show(transition(name, 'pending', word, [word, word, 'missing']))
    }
    terminal.show(ballot(0, 2, votes))
    expect(terminal.taken().split('\n').slice(-3)).toEqual([
      '07:31:00  2 checks  pending -> online  web, cert',
      '07:31:00  db  pending -> OFFLINE  2 of 3 voters  us-east-1 x  eu-west-1 x',
      '',
    ])
  })
})

describe('transitions, alerts, warnings and the summary', () => {
  test('a transition names who was heard, and how many agreed', () => {
    const terminal = recording({ columns: () => 120 })
    terminal.show(transition('web', 'online', 'offline', ['offline', 'offline', 'online']))
    terminal.show(transition('web', 'offline', 'degraded', ['slow', 'missing', 'offline']))
    terminal.show(transition('web', 'degraded', 'online', ['slow', 'abstain', 'online']))
    terminal.show(transition('web', 'degraded', 'removed', []))
    expect(terminal.taken()).toBe(
      `07:31:00  web  online -> OFFLINE  2 of 3 voters  us-east-1 x  eu-west-1 x  ap-southeast-2 +
07:31:00  web  offline -> DEGRADED  2 of 3 voters  us-east-1 ~  ap-southeast-2 x
07:31:00  web  degraded -> online  2 of 3 voters  us-east-1 ~  eu-west-1 -  ap-southeast-2 +
07:31:00  web  degraded -> removed
`,
    )
  })

  test('where there is no room for names, marks stay', () => {
    const terminal = recording({ columns: () => 60 })
    terminal.show(transition('web', 'online', 'offline', ['offline', 'offline', 'online']))
    expect(terminal.taken()).toBe('07:31:00  web  online -> OFFLINE  2 of 3 voters  xx+\n')
  })

  test('an alert is framed as its receivers get it', () => {
    const terminal = recording()
    terminal.show(alert())
    expect(
      terminal.taken(),
    ).toBe(`+- alert to oncall ------------------------------------------------------------
| SMS      OFFLINE web: refused (2 of 3 voters), 07:31 UTC. 127.0.0.1:5432
|          refused the connection
| Subject  web is OFFLINE: refused (2 of 3 voters)
| Mail     web is OFFLINE: refused (2 of 3 voters)
|
|          Votes:
|            us-east-1       OFFLINE
|            ap-southeast-2  online
| Webhook  {"version":1,"type":"transitions"}
+------------------------------------------------------------------------------
`)
  })

  test('a line of the mail that is too wide goes on below its column', () => {
    const terminal = recording({ columns: () => 60 })
    const email = [
      'You receive it because somebody ran a command that is named here.',
      'Because:  2 of 3 voters said offline; 2 were needed in 2 ticks',
      '  us-east-1       OFFLINE  the answer was 503, expected 200',
    ].join('\n')
    terminal.show(alert({ email }))
    expect(
      terminal
        .taken()
        .split('\n')
        .filter((line) => line.startsWith('|  ') || line.startsWith('| Mail'))
        .slice(-6),
    ).toEqual([
      '| Mail     You receive it because somebody ran a command',
      '|          that is named here.',
      '|          Because:  2 of 3 voters said offline; 2 were',
      '|                    needed in 2 ticks',
      '|            us-east-1       OFFLINE  the answer was 503,',
      '|                            expected 200',
    ])
  })

  test('a long mail and a long JSON are cut', () => {
    const terminal = recording()
    const email = Array.from({ length: 40 }, (_, index) => `line ${index}`).join('\n')
    terminal.show(alert({ email, http: { text: 'x'.repeat(1_000) } }))
    const lines = terminal.taken().split('\n')
    expect(lines.filter((line) => line.includes(' line '))).toHaveLength(16)
    expect(lines).toContain('|          ... 24 more lines')
    expect(lines.filter((line) => line.includes('xxxx'))).toHaveLength(2)
  })

  test('a warning says what it is about', () => {
    const terminal = recording()
    terminal.show(
      { type: 'warning', message: 'the disk is full' },
      { type: 'warning', message: 'no ballot', voter: voters[1]!, check: 'web' as CheckName, tick },
    )
    expect(terminal.taken()).toBe(
      '          warning: the disk is full\n07:31:00  warning: web from eu-west-1: no ballot\n',
    )
  })

  const summary: Line = {
    type: 'summary',
    ticks: 1_234,
    checks: [
      {
        check: 'web' as CheckName,
        status: 'online',
        successes: 12_340,
        failures: 3,
        abstentions: 0,
        loss: 3 / 12_343,
        srttMs: 12.34,
      },
      {
        check: 'a-rather-long-name' as CheckName,
        status: 'offline',
        successes: 0,
        failures: 36,
        abstentions: 1,
        loss: 1,
      },
      { check: 'new' as CheckName, status: 'pending', successes: 0, failures: 0, abstentions: 0, loss: 0 },
    ],
  }

  test('the summary is a table', () => {
    const terminal = recording()
    terminal.show(summary)
    expect(terminal.taken()).toBe(`
After 1,234 ticks:
check               status   successes  failures     loss  abstained     srtt
web                 online      12,340         3    0.0 %          0  12.3 ms
a-rather-long-name  offline          0        36  100.0 %          1        -
new                 pending          0         0        -          0        -

`)
  })

  test('on a narrow terminal its titles are short and names are cut', () => {
    const terminal = recording({ columns: () => 60 })
    terminal.show(summary)
    expect(terminal.taken()).toBe(`
After 1,234 ticks:
check           status       ok  fail     loss  abst     srtt
web             online   12,340     3    0.0 %     0  12.3 ms
a-rather-lo...  offline       0    36  100.0 %     1        -
new             pending       0     0        -     0        -

`)
  })
})

describe('on a terminal that somebody watches', () => {
  const erase = '\r\u001b[2K'

  test('the marks are explained as they are shown', () => {
    const terminal = recording({ interactive: true })
    terminal.begin(tick)
    expect(terminal.taken()).toContain(
      '\n● online, ◐ slow, ✖ offline, · abstained, ? no ballot; times are UTC\n',
    )
  })

  test('the line of the tick fills up in place', () => {
    const terminal = recording({ interactive: true, checks: [check('web'), check('db')] })
    terminal.show(ballot(0, 1, { web: on(), db: off('gone') }))
    expect(terminal.taken()).toBe('07:31:00  web  ●   db  ✖')
    terminal.show(ballot(0, 0, { web: on(), db: on() }))
    expect(terminal.taken()).toBe(`${erase}07:31:00  web ●●   db ●✖`)
    terminal.show(ballot(0, 2, { web: slow(), db: abstain('busy') }))
    expect(terminal.taken()).toBe(`${erase}07:31:00  web ●●◐  db ●✖·
          ◐ slow: web from ap-southeast-2 took 1,240 ms (over 1 s)
          ✖ db from eu-west-1: refused: gone
          · db: ap-southeast-2 abstained: busy
`)
  })

  test('whatever else happens comes above it', () => {
    const terminal = recording({ interactive: true, checks: [check('web')] })
    terminal.show(ballot(0, 0, { web: on() }))
    terminal.taken()
    terminal.show({ type: 'warning', message: 'the disk is full' })
    expect(terminal.taken()).toBe(`${erase}          warning: the disk is full\n07:31:00  web ●`)
  })

  test('after Enter it is drawn where it was', () => {
    const terminal = recording({ interactive: true, checks: [check('web')] })
    terminal.entered()
    expect(terminal.taken()).toBe('')
    terminal.show(ballot(0, 0, { web: on() }))
    terminal.taken()
    terminal.entered()
    expect(terminal.taken()).toBe('\u001b[1A')
  })

  test('a terminal too narrow to erase a line again gets finished lines only', () => {
    const terminal = recording({ interactive: true, checks: [check('web')], columns: () => 50 })
    terminal.show(...agreed(0, { web: on() }))
    expect(terminal.taken()).not.toContain('\u001b')
  })

  test('colours are there when asked for, whatever the environment says', () => {
    const terminal = recording({ colour: true, checks: [check('web')] })
    terminal.show(...agreed(0, { web: off('gone') }))
    expect(terminal.taken()).toContain('\u001b[31mx\u001b[39m')
  })
})

describe('what a target wrote', () => {
  const hostileText = fc.string({
    unit: fc.constantFrom(
      '\u001b',
      '\u009b',
      '[2J',
      ']0;title',
      '\u0007',
      '\r',
      '\n',
      '\b',
      '\u202e',
      '\u2028',
      '\ud800',
      'ok ',
      '31m',
      '🙂',
    ),
    maxLength: 30,
  })
  const anyVote = fc.oneof(
    hostileText.map((detail) => off(detail)),
    hostileText.map((detail) => abstain(detail)),
  )

  test('never reaches the terminal as a control character', () => {
    fc.assert(
      fc.property(anyVote, hostileText, hostileText, (vote, text, more) => {
        const name = `n${text}` as CheckName
        const terminal = recording({ checks: [{ name, intervalSeconds: 10 }], voters: [text as VoterName] })
        terminal.show(
          { type: 'ballot', tick, voter: text as VoterName, votes: { [name]: vote } },
          { type: 'warning', message: more, check: name, voter: text as VoterName },
          {
            ...transition('web', 'online', 'offline', []),
            check: name,
            votes: { [text as VoterName]: 'offline' },
          },
          alert({
            contact: text as ContactName,
            subject: more,
            sms: text,
            email: more,
            http: { text, [more]: 1 },
          }),
          {
            type: 'summary',
            ticks: 1,
            checks: [{ check: name, status: 'online', successes: 0, failures: 0, abstentions: 0, loss: 0 }],
          },
        )
        terminal.flush()
        expect(terminal.taken()).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
      }),
    )
  })

  test('is spelled so that one sees what it was', () => {
    const terminal = recording({ checks: [check('web')] })
    terminal.show(...agreed(0, { web: off('\u001b[2Jbye\r\n\u202e') }))
    expect(terminal.taken()).toContain('refused: \\x1b[2Jbye\\r\\n\\u{202e}')
  })
})

test('no line is wider than a terminal of 60 columns or more', () => {
  const anyName = fc.stringMatching(/^[a-zA-Z0-9._-]{1,64}$/)
  const anyVote = fc.oneof(
    fc.double({ min: 0, max: 99_999, noNaN: true }).map(on),
    fc.double({ min: 0, max: 99_999, noNaN: true }).map(slow),
    fc.string({ maxLength: 120 }).map(off),
    fc.string({ maxLength: 120 }).map(abstain),
  )
  fc.assert(
    fc.property(
      fc.integer({ min: 60, max: 200 }),
      fc.uniqueArray(anyName, { minLength: 1, maxLength: 30 }),
      fc.array(anyVote, { minLength: 90, maxLength: 90 }),
      (columns, names, given) => {
        const terminal = recording({ columns: () => columns, checks: names.map((name) => check(name)) })
        for (const [voter] of voters.entries()) {
          terminal.show(
            ballot(
              0,
              voter,
              Object.fromEntries(names.map((name, index) => [name, given[index * 3 + voter]!])),
            ),
          )
        }
        terminal.show(
          transition(names[0]!, 'offline', 'degraded', ['offline', 'slow', 'missing']),
          alert({ contact: names[0]! as ContactName }),
          { type: 'warning', message: names.join(' '), check: names[0]! as CheckName },
        )
        for (const line of terminal.taken().split('\n')) expect([...line].length, line).toBeLessThan(columns)
      },
    ),
    { numRuns: 50 },
  )
})
