import { describe, expect, test } from 'vitest'
import { noticeMessage, testMessage, transitionMessage } from '../../shared/alerts/format/message.ts'
import type { Notice } from '../../shared/alerts/transition.ts'
import type { AlertId, ContactName, Tick } from '../../shared/check.ts'
import { tick, transition, votes } from './transitions.ts'

const recovered = () =>
  transition({
    from: 'offline',
    to: 'online',
    since: (tick - 720) as Tick,
    votes: votes({
      'us-east-1': { vote: 'online', ms: 5 },
      'eu-west-1': { vote: 'slow', ms: 1240.4 },
      'ap-southeast-2': { vote: 'abstain', detail: 'no free socket (EMFILE)' },
      'sa-east-1': { vote: 'missing' },
    }),
  })

describe('one transition', () => {
  test('an outage tells what, how sure, since when and what every voter saw', () => {
    const message = transitionMessage([transition()])
    expect(message.subject).toBe('web is OFFLINE: refused (2 of 3 voters)')
    expect(message.sms).toBe(
      'OFFLINE web: refused (2 of 3 voters), 07:31 UTC. 192.0.2.1:443 refused the connection',
    )
    expect(message.email).toBe(`web is OFFLINE: refused (2 of 3 voters)
---------------------------------------
Target:   http https://example.com/
Tags:     shop
Before:   online since 2026-11-18T06:31:00Z (2 d 1 h)
Began:    2026-11-20T07:29:00Z or shortly before
Decided:  2026-11-20T07:31:00Z
Because:  2 of 3 voters said offline; 2 were needed in 3 consecutive ticks of 60 s
Alert:    web@1795159860

Votes at 2026-11-20T07:31:00Z:
  us-east-1       OFFLINE  refused: 192.0.2.1:443 refused the connection
  eu-west-1       OFFLINE  refused: 192.0.2.1:443 refused the connection
  ap-southeast-2  online   12.3 ms
`)
    expect(message.http).toEqual({
      version: 1,
      type: 'transitions',
      summary: 'web is OFFLINE: refused (2 of 3 voters)',
      counts: { offline: 1, degraded: 0, online: 0, pending: 0, removed: 0 },
      truncated: false,
      omitted: { votes: 0, transitions: 0, attributeValues: 0 },
      transitions: [
        {
          alertId: 'web@1795159860',
          check: 'web',
          kind: 'http',
          from: 'online',
          to: 'offline',
          tick: 1795159860,
          at: '2026-11-20T07:31:00Z',
          headline: 'web is OFFLINE: refused (2 of 3 voters)',
          target: 'https://example.com/',
          tags: ['shop'],
          since: 1794983460,
          confirmations: 2,
          delay: { down: 3, up: 1 },
          intervalSeconds: 60,
          slowMs: 1000,
          votes: {
            'us-east-1': {
              vote: 'offline',
              reason: 'refused',
              detail: '192.0.2.1:443 refused the connection',
            },
            'eu-west-1': {
              vote: 'offline',
              reason: 'refused',
              detail: '192.0.2.1:443 refused the connection',
            },
            'ap-southeast-2': { vote: 'online', ms: 12.34 },
          },
        },
      ],
    })
    expect(message.attributes).toEqual({
      check: ['web'],
      status: ['offline'],
      kind: ['http'],
      tags: ['shop'],
      alertId: ['web@1795159860'],
    })
  })

  test('a recovery tells how long it took; who could not look or is silent is told apart from who saw it', () => {
    const message = transitionMessage([recovered()])
    expect(message.subject).toBe('web is online again after 12 min offline (2 of 4 voters)')
    expect(message.sms).toBe('online again: web after 12 min offline (2 of 4 voters), 07:31 UTC')
    expect(message.email).toBe(`web is online again after 12 min offline (2 of 4 voters)
--------------------------------------------------------
Target:   http https://example.com/
Tags:     shop
Before:   offline since 2026-11-20T07:19:00Z (12 min)
Back:     2026-11-20T07:31:00Z or shortly before
Decided:  2026-11-20T07:31:00Z
Because:  2 of 4 voters said online or slow; 2 were needed in one tick of 60 s
Alert:    web@1795159860

Votes at 2026-11-20T07:31:00Z:
  us-east-1       online   5 ms
  eu-west-1       slow     1,240 ms, over 1 s
  ap-southeast-2  abstain  no free socket (EMFILE)
  sa-east-1       missing  no ballot yet when this was decided
`)
  })

  test('what was found by best effort only says how', () => {
    const message = transitionMessage([
      transition({
        votes: votes({
          'lab-1': { vote: 'online', ms: 5, method: 'quickack' },
          'lab-2': { vote: 'slow', ms: 1500, method: 'connect' },
        }),
      }),
    ])
    expect(message.email).toContain('lab-1  online   5 ms (method: quickack)\n')
    expect(message.email).toContain('lab-2  slow     1,500 ms, over 1 s (method: connect)\n')
    expect(message.http).toMatchObject({
      transitions: [{ votes: { 'lab-1': { vote: 'online', ms: 5, method: 'quickack' } } }],
    })
  })

  const slow = { vote: 'slow', ms: 1500 } as const
  const online = { vote: 'online', ms: 20 } as const
  const timeout = { vote: 'offline', reason: 'timeout', detail: 'no answer within 10 s' } as const
  const status = { vote: 'offline', reason: 'status', detail: 'answered 503, expected 2xx' } as const
  const reset = { vote: 'offline', reason: 'reset', detail: '' } as const

  test.each([
    {
      what: 'a slow check',
      given: transition({ to: 'degraded', votes: votes({ a: slow, b: slow, c: online }) }),
      subject: 'web is DEGRADED: 2 of 3 voters over 1 s',
      sms: 'DEGRADED web: 2 of 3 voters over 1 s, 07:31 UTC',
      decided: '2 of 3 voters said slow; 2 were needed in 3 consecutive ticks of 60 s',
    },
    {
      what: 'slow for some, offline for others, neither alone enough',
      given: transition({ to: 'degraded', votes: votes({ a: slow, b: timeout, c: online }) }),
      subject: 'web is DEGRADED: 1 of 3 voters offline, 1 over 1 s',
      sms: 'DEGRADED web: 1 of 3 voters offline, 1 over 1 s, 07:31 UTC',
      decided: '2 of 3 voters said slow or offline; 2 were needed in 3 consecutive ticks of 60 s',
    },
    {
      what: 'an offline check that answers again, though slowly',
      given: transition({ from: 'offline', to: 'degraded', votes: votes({ a: slow, b: slow, c: timeout }) }),
      subject: 'web is DEGRADED, no longer offline: 1 of 3 voters offline, 2 over 1 s',
      sms: 'DEGRADED web: 1 of 3 voters offline, 2 over 1 s, 07:31 UTC',
      decided: '3 of 3 voters said slow or offline; 2 were needed in one tick of 60 s',
    },
    {
      what: 'an offline check that answers again, not yet for long enough to be online',
      given: transition({
        from: 'offline',
        to: 'degraded',
        delay: { down: 3, up: 2 },
        votes: votes({ a: online, b: online, c: slow }),
      }),
      subject: 'web is DEGRADED, no longer offline: answers again (3 of 3 voters)',
      sms: 'DEGRADED web: answers again (3 of 3 voters), 07:31 UTC',
      decided: '3 of 3 voters said online or slow; 2 were needed in 2 consecutive ticks of 60 s',
    },
    {
      what: 'a new check that has been offline from the start',
      given: transition({ from: 'pending', votes: votes({ a: timeout, b: timeout, c: timeout }) }),
      subject: 'web is OFFLINE since it was added: timeout (3 of 3 voters)',
      sms: 'OFFLINE web since added: timeout (3 of 3 voters), 07:31 UTC. no answer within 10 s',
      decided: '3 of 3 voters said offline; 2 were needed in 3 consecutive ticks of 60 s',
    },
    {
      what: 'a new check that has been slow from the start',
      given: transition({ from: 'pending', to: 'degraded', votes: votes({ a: slow, b: slow, c: slow }) }),
      subject: 'web is DEGRADED since it was added: 3 of 3 voters over 1 s',
      sms: 'DEGRADED web since added: 3 of 3 voters over 1 s, 07:31 UTC',
      decided: '3 of 3 voters said slow; 2 were needed in 3 consecutive ticks of 60 s',
    },
    {
      what: 'several reasons, the most frequent first, its detail in the SMS',
      given: transition({ votes: votes({ a: timeout, b: status, c: status, d: reset }) }),
      subject: 'web is OFFLINE: status, timeout, ... (4 of 4 voters)',
      sms: 'OFFLINE web: status, timeout, ... (4 of 4 voters), 07:31 UTC. answered 503, expected 2xx',
      decided: '4 of 4 voters said offline; 2 were needed in 3 consecutive ticks of 60 s',
    },
    {
      what: 'one confirmation, one tick, a longer interval',
      given: transition({
        confirmations: 1,
        delay: { down: 1, up: 1 },
        intervalSeconds: 300,
        votes: votes({ a: reset }),
      }),
      subject: 'web is OFFLINE: reset (1 of 1 voters)',
      sms: 'OFFLINE web: reset (1 of 1 voters), 07:31 UTC',
      decided: '1 of 1 voters said offline; 1 was needed in one tick of 5 min',
    },
    {
      what: 'an outage that was over before it could be told',
      given: transition({ from: 'online', to: 'online', votes: votes({ a: online, b: online }) }),
      subject: 'web is online: it was offline or degraded and came back before this could be delivered',
      sms: 'online: web changed and changed back meanwhile, 07:31 UTC',
      decided: '2 of 2 voters said online; 2 were needed in one tick of 60 s',
    },
    {
      what: 'a recovery that was over before it could be told',
      given: transition({ from: 'offline', votes: votes({ a: timeout, b: timeout }) }),
      subject: 'web is still OFFLINE: it recovered and failed again before this could be delivered',
      sms: 'still OFFLINE: web changed and changed back meanwhile, 07:31 UTC',
      decided: '2 of 2 voters said offline; 2 were needed in 3 consecutive ticks of 60 s',
    },
  ])('$what', ({ given, subject, sms, decided }) => {
    const message = transitionMessage([given])
    expect(message.subject).toBe(subject)
    expect(message.sms).toBe(sms)
    expect(message.email).toContain(`\nBecause:  ${decided}\n`)
  })

  test('a check that left the configuration while it was offline has no votes and no decision', () => {
    const message = transitionMessage([
      transition({ from: 'offline', to: 'removed', since: (tick - 90_000) as Tick, tags: [], votes: {} }),
    ])
    expect(message.sms).toBe('removed: web after 1 d 1 h offline, 07:31 UTC')
    expect(message.email).toBe(`web was removed after 1 d 1 h offline
-------------------------------------
Target:   http https://example.com/
Before:   offline since 2026-11-19T06:31:00Z (1 d 1 h)
Removed:  2026-11-20T07:31:00Z
Alert:    web@1795159860
`)
  })

  test('without the time of the previous status only the status is told', () => {
    const { since: _, ...unknown } = recovered()
    const message = transitionMessage([unknown])
    expect(message.subject).toBe('web is online again (was offline) (2 of 4 voters)')
    expect(message.email).toContain('\nBefore:   offline\n')
    expect(message.http.transitions).not.toHaveProperty('0.since')
  })
})

describe('a digest', () => {
  test('of one check and another counts one check as one', () => {
    const { subject, sms } = transitionMessage([transition({ check: 'db' }), { ...recovered() }])
    expect(subject).toBe('1 check OFFLINE: db; 1 online: web')
    expect(sms).toBe('1 OFFLINE: db refused; 1 online: web')
  })

  test('has the worst first, then what fell first; counts before names', () => {
    const message = transitionMessage([
      { ...recovered(), check: transition({ check: 'api' }).check },
      transition({ check: 'db' }),
      transition({ check: 'old', from: 'degraded', to: 'removed', votes: {} }),
      transition({ check: 'names', tick: (tick - 60) as Tick }),
      transition({
        check: 'cert',
        to: 'degraded',
        votes: votes({ a: { vote: 'slow', ms: 1500 }, b: { vote: 'slow', ms: 1500 } }),
      }),
    ])
    expect(message.subject).toBe(
      '2 checks OFFLINE: names, db; 1 DEGRADED: cert; 1 online: api; 1 removed: old',
    )
    expect(message.sms).toBe(
      '2 OFFLINE: names refused, db refused; 1 DEGRADED: cert; 1 online: api; 1 removed: old',
    )
    expect(
      message.email.split('\n').slice(0, 12).join('\n'),
    ).toBe(`2 checks OFFLINE; 1 DEGRADED; 1 online; 1 removed

  names is OFFLINE: refused (2 of 3 voters)
  db is OFFLINE: refused (2 of 3 voters)
  cert is DEGRADED: 2 of 2 voters over 1 s
  api is online again after 12 min offline (2 of 4 voters)
  old was removed after 2 d 1 h degraded

names is OFFLINE: refused (2 of 3 voters)
-----------------------------------------
Target:   http https://example.com/
Tags:     shop`)
    expect(message.attributes.check).toEqual(['names', 'db', 'cert', 'api', 'old'])
    expect(message.attributes.status).toEqual(['offline', 'degraded', 'online', 'removed'])
    expect(message.attributes.tags).toEqual(['shop'])
  })

  test('gives the votes of the first 20 checks, then names', () => {
    const message = transitionMessage(
      Array.from({ length: 23 }, (_, index) => transition({ check: `c${String(index).padStart(2, '0')}` })),
    )
    expect(message.subject).toBe(
      '23 checks OFFLINE: c00, c01, c02, c03, c04, c05, c06, c07, c08, c09, c10, c11, c12, c13, c14 +8',
    )
    expect(message.email.match(/^Votes at/gm)).toHaveLength(20)
    expect(
      message.email.endsWith('Without their votes, to keep this short:\n  OFFLINE: c20, c21, c22\n'),
    ).toBe(true)
    expect(message.http).toMatchObject({ truncated: true, omitted: { votes: 3, transitions: 0 } })
    expect(message.http.transitions).toHaveLength(23)
    expect((message.http.transitions as object[])[22]).toEqual({
      alertId: 'c22@1795159860',
      check: 'c22',
      kind: 'http',
      from: 'online',
      to: 'offline',
      tick: 1795159860,
      at: '2026-11-20T07:31:00Z',
    })
  })

  test('gives only a number of what is too much for names', () => {
    const message = transitionMessage(
      Array.from({ length: 2_000 }, (_, index) =>
        transition({ check: `check-${String(index).padStart(4, '0')}`.padEnd(64, '-') }),
      ),
    )
    expect(message.sms.startsWith('2,000 OFFLINE: check-0000---')).toBe(true)
    expect(message.email).toMatch(/\n\nAnd 1,3\d\d more checks without their names\.\n$/)
    const { transitions, omitted } = message.http as {
      transitions: object[]
      omitted: { transitions: number }
    }
    expect(transitions.length + omitted.transitions).toBe(2_000)
    expect(message.attributes.check).toHaveLength(200)
    expect(message.http).toMatchObject({ omitted: { attributeValues: 3_600 } })
  })

  test('nothing is nothing to send', () => {
    expect(() => transitionMessage([])).toThrow('a message needs at least one transition')
    expect(() => noticeMessage([])).toThrow('a message needs at least one notice')
  })
})

describe('what a target wrote', () => {
  const hostile = 'x\r\nSubject: pwned\u0000\u001b[2J\u202egnp.exe\u2028y\ud800'

  test('stays one harmless line wherever it is shown', () => {
    const message = transitionMessage([
      transition({
        label: hostile,
        votes: votes({ a: { vote: 'offline', reason: 'protocol', detail: hostile } }),
      }),
    ])
    const line = 'x Subject: pwned [2Jgnp.exe y\ufffd'
    expect(message.sms).toBe(
      'OFFLINE web: protocol (1 of 1 voters), 07:31 UTC. x Subject: pwned [2Jgnp.exe y?',
    )
    expect(message.email).toContain(`\nTarget:   http ${line}\n`)
    expect(message.email).toContain(`\n  a  OFFLINE  protocol: ${line}\n`)
    expect(message.http).toMatchObject({ transitions: [{ target: line, votes: { a: { detail: line } } }] })
  })
})

describe('notices', () => {
  const notice = (changes: Partial<Notice>): Notice => ({
    alertId: '~voters.eu-west-1@1795159860' as AlertId,
    about: 'voter',
    name: 'eu-west-1',
    state: 'lost',
    tick,
    detail: 'No ballot in any of its 3 shards since 2026-11-20T07:28:00Z.',
    ...changes,
  })

  test('a silent voter', () => {
    expect(noticeMessage([notice({})])).toEqual({
      subject: 'voter eu-west-1 is SILENT',
      sms: 'voter eu-west-1 is SILENT, 07:31 UTC. No ballot in any of its 3 shards since 2026-11-20T07:28:00Z.',
      email: `This is about the monitor itself, not about what it checks.

voter eu-west-1 is SILENT
  No ballot in any of its 3 shards since 2026-11-20T07:28:00Z.
  At:     2026-11-20T07:31:00Z
  Alert:  ~voters.eu-west-1@1795159860
`,
      http: {
        version: 1,
        type: 'notices',
        summary: 'voter eu-west-1 is SILENT',
        truncated: false,
        omitted: { notices: 0, attributeValues: 0 },
        notices: [
          {
            alertId: '~voters.eu-west-1@1795159860',
            about: 'voter',
            name: 'eu-west-1',
            state: 'lost',
            tick: 1795159860,
            at: '2026-11-20T07:31:00Z',
            detail: 'No ballot in any of its 3 shards since 2026-11-20T07:28:00Z.',
          },
        ],
      },
      attributes: {
        check: [],
        status: ['lost'],
        kind: ['voter'],
        tags: [],
        alertId: ['~voters.eu-west-1@1795159860'],
      },
    })
  })

  test.each([
    [notice({ state: 'back' }), 'voter eu-west-1 votes again'],
    [notice({ about: 'check', name: 'web' }), 'check web is BLIND'],
    [notice({ about: 'check', name: 'web', state: 'back' }), 'check web is no longer blind'],
    [notice({ about: 'contact', name: 'hook' }), 'contact hook is UNREACHABLE'],
    [notice({ about: 'contact', name: 'hook', state: 'back' }), 'contact hook is reachable again'],
    [notice({ state: 'removed' }), 'voter eu-west-1 is no longer a voter'],
    [notice({ about: 'check', name: 'web', state: 'removed' }), 'check web is no longer checked'],
    [notice({ about: 'contact', name: 'hook', state: 'removed' }), 'contact hook is no longer alerted'],
    [notice({ about: 'endpoint', name: 'ops@example.com' }), 'endpoint ops@example.com is NOT SUBSCRIBED'],
  ])('%#: %s', (given, subject) => {
    expect(noticeMessage([given]).subject).toBe(subject)
  })

  test('keeps an id whole, however long the name of a contact', () => {
    const name = 'c'.repeat(247)
    const id = `endpoint/${name}/${'h'.repeat(64)}@1795159860` as AlertId
    const message = noticeMessage([notice({ about: 'endpoint', name, alertId: id })])
    expect(message.attributes.alertId).toEqual([id])
    expect(message.http).toMatchObject({ notices: [{ alertId: id }] })
    expect(message.email).toContain(`  Alert:  ${id}\n`)
  })

  test('what is lost comes first, and the most serious of it', () => {
    const message = noticeMessage([
      notice({ state: 'back', about: 'contact', name: 'ops' }),
      notice({ about: 'check', name: 'web' }),
      notice({ about: 'contact', name: 'hook' }),
    ])
    expect(message.subject).toBe('contact hook is UNREACHABLE; 2 more notices')
    expect(message.attributes).toMatchObject({
      check: ['web'],
      status: ['lost', 'back'],
      kind: ['contact', 'check'],
    })
  })
})

test('a test says so everywhere', () => {
  expect(testMessage('ops' as ContactName, tick)).toEqual({
    subject: 'TEST of contact ops: nothing is wrong',
    sms: 'TEST of contact ops by upquorum: nothing is wrong, 07:31 UTC',
    email: `This is a test of the contact ops. Nothing is wrong.

You receive it because somebody ran "upquorum alert-test". Alerts about checks come the same way.

Sent:     2026-11-20T07:31:00Z
Alert:    test-ops@1795159860
`,
    http: {
      version: 1,
      type: 'test',
      contact: 'ops',
      alertId: 'test-ops@1795159860',
      tick: 1795159860,
      at: '2026-11-20T07:31:00Z',
    },
    attributes: { check: [], status: ['test'], kind: ['test'], tags: [], alertId: ['test-ops@1795159860'] },
  })
})
