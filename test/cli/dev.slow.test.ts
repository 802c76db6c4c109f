import { mkdirSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Behaviour, start as startServer } from '../fixtures/servers.ts'
import { testFolder } from './folder.ts'
import { type Outcome, run, start } from './program.ts'

const { path: cwd, write } = testFolder()

/** Runners only, because they may vote every second. */
function configuration(port: number, settings = 'interval: 1s, timeout: 500ms'): string {
  return `regions: [us-east-1]
runners: { a: { region: us-east-1 }, b: { region: us-east-1 }, c: { region: us-east-1 } }
defaults: { ${settings}, confirmations: 2, delay: { down: 2, up: 1 } }
contacts: { ops: { email: ops@example.com } }
checks:
  - { name: web, from: [a, b, c], tcp: { address: '127.0.0.1:${port}', expect: ready }, alerts: [ops], allow_private: true }
  - { name: idle, from: [a], confirmations: 1, tcp: { address: '127.0.0.1:${port}' }, interval: 1h, enabled: false }
`
}
const warning = (file: string) => `${file}:1:11 regions[0]: warning: votes on no check\n`

type Line = Record<string, unknown> & { readonly type: string }
const linesOf = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
const changesIn = (stdout: string) =>
  linesOf(stdout)
    .filter(({ type }) => type === 'transition')
    .map(({ check, from, to, tick, alertId }) => ({ check, from, to, tick, alertId }))

// One run through an outage and its recovery, while other commands query it.
describe('a run', () => {
  let outcome: Outcome
  let second: Outcome
  let during: Outcome
  let tested: Outcome
  let stranger: Outcome
  let after: Outcome

  beforeAll(async () => {
    let up = true
    const server = await startServer((socket) => (up ? socket.end('ready\n') : socket.resetAndDestroy()))
    write('run.yaml', configuration(server.port))
    const dev = start(['dev', 'run.yaml', '--json'], { cwd })
    await dev.prints(/"from":"pending","to":"online"/)
    up = false
    await dev.prints(/"type":"alert"/)
    ;[second, during, tested, stranger] = await Promise.all([
      run(['dev', 'run.yaml'], { cwd }),
      run(['status', '--json'], { cwd }),
      run(['alert-test', 'ops', 'run.yaml', '--local'], { cwd }),
      run(['alert-test', 'opps', 'run.yaml', '--local'], { cwd }),
    ])
    up = true
    await dev.prints(/"from":"offline","to":"online"/)
    dev.process.kill('SIGINT')
    outcome = await dev.ended
    after = await run(['status'], { cwd })
    await server.close()
  })

  test('ends with 0 at Ctrl-C, and says on stderr only what the file gives rise to', () => {
    expect({ code: outcome.code, stderr: outcome.stderr }).toEqual({ code: 0, stderr: warning('run.yaml') })
  })

  test('writes JSON lines of known types, the summary last', () => {
    const types = linesOf(outcome.stdout).map(({ type }) => type)
    expect(
      new Set(types).difference(new Set(['ballot', 'transition', 'alert', 'warning', 'summary'])),
    ).toEqual(new Set())
    expect(types.indexOf('summary')).toBe(types.length - 1)
  })

  test('tells the outage and the recovery, once each, as transitions and to the contact', () => {
    expect(changesIn(outcome.stdout)).toMatchObject([
      { check: 'web', from: 'pending', to: 'online' },
      { check: 'web', from: 'online', to: 'offline' },
      { check: 'web', from: 'offline', to: 'online' },
    ])
    const alerts = linesOf(outcome.stdout).filter(({ type }) => type === 'alert')
    expect(alerts.map(({ subject }) => subject)).toEqual([
      expect.stringMatching(/^web is OFFLINE: reset /),
      'TEST of contact ops: nothing is wrong',
      expect.stringMatching(/^web is online again /),
    ])
  })

  test('is decided again in the same way by replay', async () => {
    const replayed = await run(['replay', 'run.yaml'], { cwd, input: outcome.stdout })
    expect(replayed).toMatchObject({ code: 0, stderr: warning('run.yaml') })
    expect(changesIn(replayed.stdout)).toEqual(changesIn(outcome.stdout))
  })

  test('holds its folder: a second one is told by whom', () => {
    expect(second).toMatchObject({ code: 1, stdout: '' })
    expect(second.stderr.replaceAll(/\d{4}-\S+Z|(?<=process )\d+/g, '#')).toBe(
      `${warning('run.yaml')}.upquorum is in use by another upquorum (process #, since #); stop that one, or ` +
        'choose another folder with --data\n',
    )
  })

  test('answers to status while it lasts', () => {
    expect(during).toMatchObject({ code: 0, stderr: '' })
    const [change] = changesIn(outcome.stdout).filter(({ to }) => to === 'offline')
    expect(linesOf(during.stdout)).toEqual([
      {
        type: 'status',
        check: 'web',
        status: 'offline',
        since: change!.tick,
        tick: expect.any(Number),
        undelivered: [],
        reason: 'reset',
        detail: expect.stringContaining('reset the connection'),
      },
    ])
  })

  test('leaves behind what status shows after its end', () => {
    expect(after).toMatchObject({ code: 0, stderr: '' })
    expect(after.stdout.replaceAll(/\d{4}-\S+Z/g, '#')).toBe(
      'check  status  since                 last tick\nweb    online  #  #\n',
    )
  })

  test('takes a test for a contact, and knows no other', () => {
    expect(tested).toEqual({
      code: 0,
      stdout: 'sent "TEST of contact ops: nothing is wrong" to arn:aws:sns:local:000000000000:upquorum-ops\n',
      stderr: warning('run.yaml'),
    })
    expect(stranger).toEqual({
      code: 2,
      stdout: '',
      stderr: `${warning('run.yaml')}unknown contact "opps"; did you mean ops?\n`,
    })
  })
})

describe.concurrent('the end of a run', () => {
  /** Starts a run against a server, and calls `act` during the first tick. */
  async function interrupted(
    name: string,
    behave: Behaviour,
    act: (child: ReturnType<typeof start>) => Promise<void> | void,
  ): Promise<Outcome> {
    const probed = Promise.withResolvers<void>()
    const server = await startServer((socket) => {
      probed.resolve()
      behave(socket)
    })
    write(`${name}.yaml`, configuration(server.port, 'interval: 2s, timeout: 2s'))
    const dev = start(['dev', `${name}.yaml`, '--data', name, '--json'], { cwd, launched: true })
    await Promise.race([probed.promise, dev.ended])
    await act(dev)
    const outcome = await dev.ended
    await server.close()
    return outcome
  }
  const slow: Behaviour = (socket) => void setTimeout(() => socket.end('ready\n'), 700)

  test('finishes the tick in progress, even when SIGTERM comes twice', async () => {
    // `timeout` and systemd signal the whole group, and the launcher also forwards the signal.
    const { code, stdout } = await interrupted('terminated', slow, async ({ process }) => {
      process.kill('SIGTERM')
      await pause(100)
      process.kill('SIGTERM')
    })
    expect(code).toBe(0)
    const lines = linesOf(stdout)
    const ballots = lines.filter(({ type }) => type === 'ballot')
    expect(ballots.length).toBeGreaterThan(0)
    expect(lines.at(-1)).toMatchObject({ type: 'summary', ticks: 1, checks: [{ successes: ballots.length }] })
  })

  test('comes at once at the second Ctrl-C', async () => {
    const { code, stdout } = await interrupted('impatient', slow, async () => {
      const { pid } = JSON.parse(readFileSync(`${cwd}/impatient/holder.json`, 'utf8')) as { pid: number }
      process.kill(pid, 'SIGINT')
      await pause(100)
      process.kill(pid, 'SIGINT')
    })
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' })
  })

  test('does not wait for the time that --for leaves', async () => {
    const server = await startServer((socket) => socket.end('ready\n'))
    write('timed.yaml', configuration(server.port))
    const dev = start(['dev', 'timed.yaml', '--data', 'timed', '--for', '60s'], { cwd })
    await dev.prints(/ {2}web [+.]{3}\n/)
    const beganMs = performance.now()
    dev.process.kill('SIGINT')
    const { code, stdout } = await dev.ended
    expect(performance.now() - beganMs).toBeLessThan(10_000)
    expect(code).toBe(0)
    expect(stdout).toMatch(/\nAfter \d+ ticks?:\ncheck {2}status /)
    await server.close()
  })

  test('comes by itself after --for, in lines without colours when it is no terminal', async () => {
    write('short.yaml', configuration(1))
    const { code, stdout, stderr } = await run(['dev', 'short.yaml', '--data', 'short', '--for', '2s'], {
      cwd,
    })
    expect({ code, stderr }).toEqual({ code: 0, stderr: warning('short.yaml') })
    expect(stdout).toMatch(
      /^One mark per voter, in this order: a, b, c\n.*\nfirst tick at (\d\d:\d\d:\d\d) UTC\n\1 {2}web [x.]{3}\n/,
    )
    expect(stdout).not.toContain('\u001b')
  })

  test('says so where it comes before the first tick', async () => {
    write('daily.yaml', configuration(1, 'interval: 1d, timeout: 500ms'))
    const { code, stdout } = await run(['dev', 'daily.yaml', '--data', 'daily', '--for', '100ms'], { cwd })
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /\nfirst tick at 00:00:00 UTC\n\n- The run ended before its first tick, at 00:00:00 UTC\.\n\nAfter 0 ticks:\n/,
    )
  })

  test('leaves a folder that tells the next run about another file', async () => {
    write('one.yaml', configuration(1))
    write('two.yaml', configuration(1))
    const remark = async (file: string) => {
      const { stdout } = await run(['dev', file, '--data', 'shared', '--json', '--for', '100ms'], { cwd })
      return linesOf(stdout).flatMap(({ type, message }) => (type === 'warning' ? [message] : []))
    }
    expect(await remark('one.yaml')).toEqual([])
    expect(await remark('./one.yaml')).toEqual([])
    expect(await remark('two.yaml')).toEqual([
      'the last run in shared used one.yaml: checks that only that file has are now removed, and ' +
        'their contacts are told; use --data to keep the runs of two files apart',
    ])
  })

  test('comes without complaint when nobody reads any longer', async () => {
    write('closed.yaml', configuration(1))
    const dev = start(['dev', 'closed.yaml', '--data', 'closed', '--json'], { cwd })
    await dev.prints(/\n/)
    dev.process.stdout!.destroy()
    expect(await dev.ended).toMatchObject({ code: 0, stderr: warning('closed.yaml') })
  })
})

describe.concurrent('where there is nothing to work with', () => {
  beforeAll(() => {
    mkdirSync(`${cwd}/broken/table`, { recursive: true })
    write('broken/table/CURRENT', 'nothing that LevelDB could read')
    write('off.yaml', configuration(1).replace('alerts: [ops]', 'enabled: false'))
    write('plain.yaml', configuration(1).replace('[us-east-1]', '[us-east-1, eu-west-1]'))
  })

  test.each<[args: string[], stderr: RegExp]>([
    [
      ['dev', 'nowhere.yaml'],
      /^cannot read nowhere\.yaml: there is no such file; name another, or let "upquorum init" write a first one\n$/,
    ],
    [['dev', 'plain.yaml', '--data', 'plain.yaml'], /^cannot keep data in plain\.yaml: .*\n$/],
    [['status', '--data', 'broken'], /^cannot read the data in broken: .*\n$/],
    [['dev', 'plain.yaml', '--data', 'broken'], /^cannot keep data in broken: .*\n$/],
    [['dev', 'off.yaml'], /^off\.yaml has no enabled check: there is nothing to run\n$/],
    [['check', 'off.yaml'], /^no check is enabled; name the checks to probe\n$/],
    [['status', '--data', 'none'], /^none contains no data; "upquorum dev" creates it\n$/],
    [
      ['alert-test', 'ops', 'plain.yaml', '--local', '--data', 'none'],
      /^no "upquorum dev" is running in none; start one first\n$/,
    ],
  ])('%j says so', async (args, stderr) => {
    const outcome = await run(args, { cwd })
    expect({ ...outcome, stderr: outcome.stderr.replaceAll(/^.* warning: .*\n/gm, '') }).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(stderr),
    })
  })
})
