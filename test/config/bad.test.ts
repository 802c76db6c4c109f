import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../shared/config/parse.ts'
import { formatDiagnostic } from '../../shared/config/yaml/diagnostic.ts'
import { kinds } from '../../shared/probers/index.ts'
import { orList } from '../../shared/text/list.ts'

type Row = [title: string, text: string, errors: string[]]

function expectErrors(_title: string, text: string, errors: string[]) {
  const parsed = parseConfig(text, 'u.yaml')
  expect(parsed.errors.map(formatDiagnostic)).toEqual(errors)
  expect(parsed.config).toBeUndefined()
}

/** A file with three regions, these checks, and optional text above them. */
function checks(text: string, above?: string): string {
  const lines = ['regions: [us-east-1, eu-west-1, eu-north-1]', 'checks:', text]
  return [...(above === undefined ? [] : [above]), ...lines].join('\n')
}

/** A file whose only check is valid apart from these options. */
function check(options: string, above?: string): string {
  return checks(`  - { name: web, tcp: { address: 'a.example:80' }, ${options} }\n`, above)
}

/** A file whose only check has this kind, in line 4. */
function kind(text: string): string {
  return checks(`  - name: web\n    ${text}\n`)
}

describe('a bad file is told everything that is wrong with it:', () => {
  describe('the text', () => {
    test.each<Row>([
      [
        'an empty file',
        '',
        ['u.yaml:1:1: is empty; write regions and checks, or let "upquorum init" write them'],
      ],
      [
        'a file with nothing but comments',
        '# regions: [us-east-1]\n',
        ['u.yaml:1:1: is empty; write regions and checks, or let "upquorum init" write them'],
      ],
      [
        'a list at the root',
        '- regions\n',
        ['u.yaml:1:1: is a list, must be a mapping with regions and checks'],
      ],
      ['a text at the root', 'upquorum', ['u.yaml:1:1: is text, must be a mapping with regions and checks']],
      [
        'an unclosed list',
        'regions: [us-east-1\nchecks: []\n',
        ['u.yaml:2:1: comes after a list that is not closed; ] is missing'],
      ],
      [
        'a tab as indentation',
        'regions:\n\t- us-east-1\n',
        ['u.yaml:2:1: is indented with a tab, must be indented with spaces'],
      ],
      [
        'a second document',
        'regions: [us-east-1]\n---\nregions: [eu-west-1]\n',
        ['u.yaml:2:1: begins a second document, must be one document (no line --- after the first)'],
      ],
      [
        'a key written twice',
        check('interval: 60s, timeout: 5s, interval: 30s'),
        ['u.yaml:3:80 checks[0].interval: is written twice, first in line 3'],
      ],
      [
        'an alias without an anchor',
        check('tags: *shop'),
        ['u.yaml:3:58 checks[0].tags: is the alias *shop, which has no anchor before it'],
      ],
      [
        'an alias inside of its own anchor',
        check('slow: 1s', 'x-loop: &loop [*loop]'),
        ['u.yaml:1:16 x-loop[0]: is the alias *loop, which refers to itself'],
      ],
      [
        'an alias of another kind than a mapping merged',
        check('<<: *list', 'x-list: &list [1]'),
        ['u.yaml:1:16 checks[0]["<<"]: is not a mapping; merge an alias of one, such as <<: *base'],
      ],
      [
        'a tag',
        check('tags: [!Ref Shop]'),
        ['u.yaml:3:59: has the tag !Ref, which means nothing here; write plain YAML'],
      ],
      [
        'a colon in a plain text',
        kind('http: { url: https://a.example/ }\n    tags: note: this'),
        ['u.yaml:5:11: has a colon inside a plain text; put the text in quotes'],
      ],
      [
        'a reserved character',
        check('tags: [@shop]'),
        ['u.yaml:3:59: is a plain text that begins with a reserved character; put the text in quotes'],
      ],
      [
        'an unclosed quote',
        "regions: ['us-east-1]\n",
        ["u.yaml:2:1: comes after a text that is not closed; ' is missing"],
      ],
      [
        'a key that is a list',
        '? [a, b]\n: c\n',
        ['u.yaml:1:3: is a key that is a list or a mapping, must be text'],
      ],
      [
        'wrong indentation, told once for each line',
        'regions:\n  - us-east-1\n - eu-west-1\nchecks: []\n',
        ['u.yaml:3:1: is not valid YAML: A block sequence may not be used as an implicit map key'],
      ],
    ])('%s', expectErrors)
  })

  describe('the keys of the file', () => {
    test.each<Row>([
      [
        'no checks',
        'regions: [us-east-1]\n',
        ['u.yaml:1:1 checks: is missing, must be a list with at least one check'],
      ],
      [
        'an empty list of checks',
        'regions: [us-east-1]\nchecks: []\n',
        ['u.yaml:2:9 checks: is empty, must be a list with at least one check'],
      ],
      [
        'a mapping with a length where a list belongs',
        check('tags: { length: {} }'),
        ['u.yaml:3:58 checks[0].tags: is a mapping, must be text or a list'],
      ],
      [
        'checks that are a mapping',
        'regions: [us-east-1]\nchecks:\n  web: { tcp: { address: a.example:80 } }\n',
        ['u.yaml:3:3 checks: is a mapping, must be a list with at least one check'],
      ],
      [
        'an unknown key near a known one',
        check('slow: 1s', 'region: [us-east-1]'),
        ['u.yaml:1:1 region: is unknown; did you mean regions?'],
      ],
      [
        'an unknown key near nothing',
        check('slow: 1s', 'alerting: true'),
        [
          'u.yaml:1:1 alerting: is unknown; must be regions, homes, runners, defaults, operators, contacts or checks',
        ],
      ],
      [
        'nobody who votes',
        "checks:\n  - { name: web, tcp: { address: 'a.example:80' } }\n",
        [
          'u.yaml:1:1 regions: is missing, must name at least one AWS region such as eu-west-1; otherwise there are no voters',
        ],
      ],
      [
        'an empty list of regions',
        "regions: []\nchecks:\n  - { name: web, tcp: { address: 'a.example:80' } }\n",
        [
          'u.yaml:1:10 regions: is empty, must name at least one AWS region such as eu-west-1; otherwise there are no voters',
        ],
      ],
      [
        'a region that is none',
        "regions: [us-east-1, Frankfurt]\nchecks:\n  - { name: web, tcp: { address: 'a.example:80' } }\n",
        ['u.yaml:1:22 regions[1]: is not a region; write an AWS region such as eu-west-1'],
      ],
      [
        'a region twice',
        "regions: [us-east-1, eu-west-1, us-east-1]\nchecks:\n  - { name: web, tcp: { address: 'a.example:80' } }\n",
        ['u.yaml:1:33 regions[2]: is written twice'],
      ],
      [
        'a home that is no region',
        check('slow: 1s', 'homes: here'),
        ['u.yaml:1:8 homes: is not a region; write an AWS region such as eu-west-1'],
      ],
      [
        'a runner that is self-hosted in words',
        check('slow: 1s', 'runners: { lab-1: { region: eu-west-1, self_hosted: yes } }'),
        ['u.yaml:1:53 runners.lab-1.self_hosted: is text, must be true or false'],
      ],
      [
        'runners that are a list',
        check('slow: 1s', 'runners: [lab-1]'),
        ['u.yaml:1:10 runners: is a list, must be a mapping of names, such as lab-1: { region: us-east-1 }'],
      ],
      [
        'a runner without its region',
        check('from: [us-east-1, eu-west-1, lab-1]', 'runners: { lab-1: {} }'),
        ['u.yaml:1:19 runners.lab-1.region: is missing, must be text'],
      ],
      [
        'a runner with the name of a region',
        check('slow: 1s', 'runners: { eu-west-1: { region: eu-west-1 } }'),
        ['u.yaml:1:12 runners.eu-west-1: looks like the name of a region; write another, such as lab-1'],
      ],
      [
        'a runner whose name upquorum uses itself',
        check('slow: 1s', 'runners: { ~voters: { region: eu-west-1 } }'),
        [
          'u.yaml:1:12 runners["~voters"]: is not a runner name; write 1–64 letters, digits, ".", "_" or "-", beginning with a letter or digit',
        ],
      ],
      [
        'a runner that is a text',
        check('slow: 1s', 'runners: { lab-1: us-east-1 }'),
        ['u.yaml:1:19 runners.lab-1: is text, must be a mapping such as { region: us-east-1 }'],
      ],
      [
        'operators who are no contact',
        check('alerts: [ops]', 'operators: opps\ncontacts: { ops: { email: ops@example.com } }'),
        ['u.yaml:1:12 operators: is not a contact of this file; did you mean ops?'],
      ],
      [
        'defaults that no check may have',
        check('slow: 1s', 'defaults: { interval: 60s, alerts: [ops] }'),
        ['u.yaml:1:28 defaults.alerts: is unknown; must be interval, timeout, slow, confirmations or delay'],
      ],
      [
        'defaults that are a list',
        check('slow: 1s', 'defaults: [interval]'),
        ['u.yaml:1:11 defaults: is a list, must be a mapping such as { interval: 60s }'],
      ],
      [
        'wrong defaults, told once and not for every check',
        checks(
          "  - { name: one, tcp: { address: 'a.example:80' } }\n  - { name: two, tcp: { address: 'a.example:80' } }\n",
          'defaults: { timeout: 90s, confirmations: 4 }',
        ),
        [
          'u.yaml:1:22 defaults.timeout: is 90s, must be 1ms to 1m',
          'u.yaml:1:42 defaults.confirmations: is 4, must be at most 3: there are only 3 voters',
        ],
      ],
    ])('%s', expectErrors)
  })

  describe('contacts', () => {
    test.each<Row>([
      [
        'a contact without an endpoint',
        check('alerts: ops', 'contacts: { ops: {} }'),
        ['u.yaml:1:18 contacts.ops: is empty, must have email, sms or webhook'],
      ],
      [
        'a contact that is a text',
        check('alerts: ops', 'contacts: { ops: ops@example.com }'),
        ['u.yaml:1:18 contacts.ops: is text, must be a mapping with email, sms or webhook'],
      ],
      [
        'a contact whose name no topic can have',
        check('alerts: on call', 'contacts: { "on call": { email: ops@example.com } }'),
        [
          'u.yaml:1:13 contacts["on call"]: is not a contact name; write 1–247 letters, digits, "_" or "-", beginning with a letter or digit',
        ],
      ],
      [
        'an e-mail address that is none',
        check(
          'alerts: ops',
          'contacts: { ops: { email: [ops@example.com, ops@localhost, "Ops <ops@example.com>"] } }',
        ),
        [
          'u.yaml:1:45 contacts.ops.email[1]: is not an e-mail address; write one such as ops@example.com',
          'u.yaml:1:60 contacts.ops.email[2]: is not an e-mail address; write one such as ops@example.com',
        ],
      ],
      [
        'a phone number without quotes',
        check('alerts: ops', 'contacts: { ops: { sms: +15550100 } }'),
        ['u.yaml:1:25 contacts.ops.sms: is a number, must be text or a list; put it in quotes'],
      ],
      [
        'a phone number without its country code',
        check('alerts: ops', "contacts: { ops: { sms: '0555 0100' } }"),
        [
          'u.yaml:1:25 contacts.ops.sms: is not a phone number; write it with its country code, such as "+15550100"',
        ],
      ],
      [
        'a webhook without TLS',
        check('alerts: ops', 'contacts: { ops: { webhook: http://hooks.example.com/ } }'),
        [
          'u.yaml:1:29 contacts.ops.webhook: is not a webhook; write an address that begins with https:// (http:// only for localhost)',
        ],
      ],
      [
        'an unknown endpoint',
        check('alerts: ops', 'contacts: { ops: { emial: ops@example.com } }'),
        ['u.yaml:1:20 contacts.ops.emial: is unknown; did you mean email?'],
      ],
      [
        'an endpoint twice',
        check('alerts: ops', 'contacts: { ops: { email: [ops@example.com, ops@example.com] } }'),
        ['u.yaml:1:45 contacts.ops.email[1]: is written twice'],
      ],
    ])('%s', expectErrors)
  })

  describe('a check', () => {
    test.each<Row>([
      [
        'a check that is a text',
        checks('  - web\n'),
        [`u.yaml:3:5 checks[0]: is text, must be a mapping with a name and one of ${orList(kinds)}`],
      ],
      [
        'a check without a name',
        checks("  - tcp: { address: 'a.example:80' }\n"),
        ['u.yaml:3:5 checks[0].name: is missing, must be text'],
      ],
      [
        'a name with a space',
        checks("  - { name: my web, tcp: { address: 'a.example:80' } }\n"),
        [
          'u.yaml:3:13 checks[0].name: is not a check name; write 1–64 letters, digits, ".", "_" or "-", beginning with a letter or digit',
        ],
      ],
      [
        'a name that objects would lose',
        checks("  - { name: __proto__, tcp: { address: 'a.example:80' } }\n"),
        [
          'u.yaml:3:13 checks[0].name: is not a check name; write 1–64 letters, digits, ".", "_" or "-", beginning with a letter or digit',
        ],
      ],
      [
        'a name that is a number',
        checks("  - { name: 443, tcp: { address: 'a.example:80' } }\n"),
        ['u.yaml:3:13 checks[0].name: is a number, must be text; put it in quotes'],
      ],
      [
        'two checks of one name',
        checks(
          "  - { name: web, tcp: { address: 'a.example:80' } }\n  - { name: web, tcp: { address: 'a.example:81' } }\n",
        ),
        ['u.yaml:4:13 checks[1].name: is the name of another check, in line 3; names must be unique'],
      ],
      [
        'no kind',
        checks('  - { name: web, interval: 60s }\n'),
        [`u.yaml:3:5 checks[0]: has no kind, must have one of the keys ${orList(kinds)}`],
      ],
      [
        'a misspelt kind',
        checks('  - { name: web, htpp: { url: https://a.example/ } }\n'),
        ['u.yaml:3:18 checks[0].htpp: is unknown; did you mean http?'],
      ],
      [
        'two kinds',
        checks("  - { name: web, tcp: { address: 'a.example:80' }, tls: { address: a.example } }\n"),
        ['u.yaml:3:52 checks[0].tls: is a second kind beside tcp; a check has exactly one'],
      ],
      [
        'an unknown key',
        check('timeuot: 3s'),
        ['u.yaml:3:52 checks[0].timeuot: is unknown; did you mean timeout?'],
      ],
      [
        'options of the check inside its kind',
        kind('http: { url: https://a.example/, timeout: 3s, slow: 1s, interval: 30s, alerts: ops }'),
        [
          'u.yaml:4:38 checks[0].http.timeout: belongs beside http, not inside it',
          'u.yaml:4:51 checks[0].http.slow: belongs beside http, not inside it',
          'u.yaml:4:61 checks[0].http.interval: belongs beside http, not inside it',
          'u.yaml:4:76 checks[0].http.alerts: belongs beside http, not inside it',
        ],
      ],
      [
        'options of the check inside another kind',
        kind('tls: { address: a.example, from: [us-east-1], enabled: false, tags: shop }'),
        [
          'u.yaml:4:32 checks[0].tls.from: belongs beside tls, not inside it',
          'u.yaml:4:51 checks[0].tls.enabled: belongs beside tls, not inside it',
          'u.yaml:4:67 checks[0].tls.tags: belongs beside tls, not inside it',
        ],
      ],
      [
        'an option of the check deeper inside the kind, where nobody can tell what was meant',
        kind('http: { url: https://a.example/, expect: { timeout: 3s } }'),
        ['u.yaml:4:48 checks[0].http.expect.timeout: is unknown; must be status, headers or body'],
      ],
      [
        'an option of the kind beside it',
        checks('  - { name: web, http: { method: GET }, url: https://a.example/ }\n'),
        [
          'u.yaml:3:24 checks[0].http.url: is missing, must be text',
          'u.yaml:3:41 checks[0].url: belongs inside http, not beside it',
        ],
      ],
      [
        'an option of another kind beside one',
        checks('  - { name: web, http: { url: https://a.example/ }, max_loss: 30% }\n'),
        [
          `u.yaml:3:53 checks[0].max_loss: is unknown; must be ${kinds.join(', ')}, name, from, interval, timeout, slow, confirmations, delay, alerts, tags, enabled or allow_private`,
        ],
      ],
      [
        'a kind without options',
        checks('  - { name: web, tcp: }\n'),
        ['u.yaml:3:18 checks[0].tcp: is empty, must be a mapping'],
      ],
      [
        'an interval without a unit',
        check('interval: 60'),
        [
          'u.yaml:3:62 checks[0].interval: is not a duration; write a number and a unit, such as 500ms, 10s, 5m, 1h or 1d',
        ],
      ],
      [
        'an interval that no schedule has',
        check('interval: 45s'),
        [
          'u.yaml:3:62 checks[0].interval: is 45s, must be 10s, 15s, 20s, 30s or whole minutes up to 1d (1s to 6s where only runners vote)',
        ],
      ],
      [
        'an interval of more than a day',
        check('interval: 25h'),
        [
          'u.yaml:3:62 checks[0].interval: is 25h, must be 10s, 15s, 20s, 30s or whole minutes up to 1d (1s to 6s where only runners vote)',
        ],
      ],
      [
        'an interval that only runners can keep',
        check('interval: 5s, timeout: 2s'),
        ['u.yaml:3:62 checks[0].interval: is 5s, must be at least 10s where a region votes'],
      ],
      [
        'a timeout of more than a minute',
        check('interval: 5m, timeout: 2m'),
        ['u.yaml:3:75 checks[0].timeout: is 2m, must be 1ms to 1m'],
      ],
      [
        'a timeout of nothing',
        check('timeout: 0s'),
        ['u.yaml:3:61 checks[0].timeout: is 0ms, must be 1ms to 1m'],
      ],
      [
        'a timeout longer than the interval',
        check('interval: 10s, timeout: 15s'),
        [
          'u.yaml:3:76 checks[0].timeout: is 15s, must be at most the interval of 10s: a voter must be done with one tick before the next begins',
        ],
      ],
      [
        'a timeout longer than the default interval',
        check('timeout: 30s', 'defaults: { interval: 20s }'),
        [
          'u.yaml:4:61 checks[0].timeout: is 30s, must be at most the interval of 20s (from defaults): a voter must be done with one tick before the next begins',
        ],
      ],
      [
        'an interval shorter than the default timeout',
        check('interval: 20s', 'defaults: { timeout: 30s }'),
        [
          'u.yaml:4:62 checks[0].interval: is 20s, must be at least the timeout of 30s (from defaults): a voter must be done with one tick before the next begins',
        ],
      ],
      [
        'slow at the timeout',
        check('slow: 10s'),
        ['u.yaml:3:58 checks[0].slow: is 10s, must be below the timeout of 10s (the default)'],
      ],
      [
        'a timeout below the default slow',
        check('timeout: 3s', 'defaults: { slow: 5s }'),
        ['u.yaml:4:61 checks[0].timeout: is 3s, must be above the slow threshold of 5s (from defaults)'],
      ],
      [
        'more confirmations than voters',
        check('confirmations: 4'),
        ['u.yaml:3:67 checks[0].confirmations: is 4, must be at most 3: there are only 3 voters'],
      ],
      [
        'fewer voters than the default confirmations',
        check('from: eu-west-1', 'defaults: { confirmations: 2 }'),
        [
          'u.yaml:4:58 checks[0].from: has only 1 voter, eu-west-1, must have at least 2, the confirmations (from defaults)',
        ],
      ],
      [
        'no confirmations',
        check('confirmations: 0'),
        ['u.yaml:3:67 checks[0].confirmations: is 0, must be 1 to 1000'],
      ],
      [
        'half a confirmation',
        check('confirmations: 1.5'),
        ['u.yaml:3:67 checks[0].confirmations: is 1.5, must be a whole number'],
      ],
      ['a delay of nothing', check('delay: 0'), ['u.yaml:3:59 checks[0].delay: is 0, must be 1 to 100']],
      [
        'a delay that is a duration',
        check('delay: 2m'),
        ['u.yaml:3:59 checks[0].delay: is text, must be a number or a mapping'],
      ],
      [
        'a misspelt direction of delay',
        check('delay: { dwon: 3, up: 1 }'),
        ['u.yaml:3:61 checks[0].delay.dwon: is unknown; did you mean down?'],
      ],
      [
        'an unknown voter',
        check('from: [us-east-1, eu-wset-1]'),
        [
          'u.yaml:3:70 checks[0].from[1]: is neither a region nor a runner of this file; did you mean eu-west-1?',
        ],
      ],
      [
        'a voter twice',
        check('from: [us-east-1, eu-west-1, us-east-1]'),
        ['u.yaml:3:81 checks[0].from[2]: is written twice'],
      ],
      [
        'nobody to vote',
        check('from: []'),
        ['u.yaml:3:58 checks[0].from: is empty, must have at least 1 entry'],
      ],
      [
        'an unknown contact among others',
        check('alerts: [ops, oops]', 'contacts: { ops: { email: ops@example.com } }'),
        ['u.yaml:4:66 checks[0].alerts[1]: is not a contact of this file; did you mean ops?'],
      ],
      [
        'a contact where there are none',
        check('alerts: [ops]'),
        ['u.yaml:3:61 checks[0].alerts[0]: is not a contact of this file; there are none'],
      ],
      [
        'an alert on an unknown change',
        check(
          'alerts: [{ contact: ops, on: [ofline, split] }]',
          'contacts: { ops: { email: ops@example.com } }',
        ),
        [
          'u.yaml:4:82 checks[0].alerts[0].on[0]: is "ofline"; did you mean offline?',
          'u.yaml:4:90 checks[0].alerts[0].on[1]: is "split"; must be offline, degraded or online',
        ],
      ],
      [
        'an alert on nothing',
        check('alerts: [{ contact: ops, on: [] }]', 'contacts: { ops: { email: ops@example.com } }'),
        ['u.yaml:4:81 checks[0].alerts[0].on: is empty, must have at least 1 entry'],
      ],
      [
        'an alert without a contact',
        check('alerts: [{ on: [offline] }]', 'contacts: { ops: { email: ops@example.com } }'),
        ['u.yaml:4:61 checks[0].alerts[0].contact: is missing, must be text'],
      ],
      [
        'a contact twice',
        check(
          'alerts: [ops, { contact: ops, on: offline }]',
          'contacts: { ops: { email: ops@example.com } }',
        ),
        [
          'u.yaml:4:77 checks[0].alerts[1].contact: names "ops" a second time; write one entry with all its changes',
        ],
      ],
      ['a tag twice', check('tags: [shop, shop]'), ['u.yaml:3:65 checks[0].tags[1]: is written twice']],
      [
        'a tag with a line break',
        check('tags: ["a\\nb"]'),
        ['u.yaml:3:59 checks[0].tags[0]: is not a tag; write 1–64 printable characters'],
      ],
      [
        'enabled that is no truth',
        check('enabled: yes'),
        ['u.yaml:3:61 checks[0].enabled: is text, must be true or false'],
      ],
      [
        'a mistake behind an alias, told once',
        checks(
          "  - { name: one, tcp: { address: 'a.example:80' }, <<: *base }\n  - { name: two, tcp: { address: 'a.example:80' }, <<: *base }\n",
          'x-base: &base { interval: 45s }',
        ),
        [
          'u.yaml:1:27 checks[0].interval: is 45s, must be 10s, 15s, 20s, 30s or whole minutes up to 1d (1s to 6s where only runners vote)',
        ],
      ],
      [
        'keys of the prototype',
        checks(
          "  - { name: web, tcp: { address: 'a.example:80' }, __proto__: { enabled: false }, constructor: 1 }\n",
        ),
        [
          `u.yaml:3:52 checks[0].__proto__: is unknown; must be ${kinds.join(', ')}, name, from, interval, timeout, slow, confirmations, delay, alerts, tags, enabled or allow_private`,
          `u.yaml:3:83 checks[0].constructor: is unknown; must be ${kinds.join(', ')}, name, from, interval, timeout, slow, confirmations, delay, alerts, tags, enabled or allow_private`,
        ],
      ],
    ])('%s', expectErrors)
  })

  describe('http', () => {
    test.each<Row>([
      ['no url', kind('http: { method: GET }'), ['u.yaml:4:11 checks[0].http.url: is missing, must be text']],
      [
        'a url of another protocol',
        kind('http: { url: ftp://a.example/ }'),
        [
          'u.yaml:4:18 checks[0].http.url: is not an http or https URL; write one such as https://example.com/',
        ],
      ],
      [
        'credentials in the url',
        kind('http: { url: https://me:secret@a.example/ }'),
        [
          'u.yaml:4:18 checks[0].http.url: contains a user name or a password; write them as "username" and "password"',
        ],
      ],
      [
        'an unknown method',
        kind('http: { url: https://a.example/, method: get }'),
        ['u.yaml:4:46 checks[0].http.method: is "get"; did you mean GET?'],
      ],
      [
        'an unknown option',
        kind('http: { url: https://a.example/, follow_redirects: true }'),
        [
          'u.yaml:4:38 checks[0].http.follow_redirects: is unknown; must be url, method, headers, body, username, password, bearer, verify, ca, cert, key, servername, ip, redirects or expect',
        ],
      ],
      [
        'a status that is none',
        kind('http: { url: https://a.example/, expect: { status: [2xx, 700] } }'),
        [
          'u.yaml:4:62 checks[0].http.expect.status[1]: is not a status; write one such as 200, 2xx or 200-299',
        ],
      ],
      [
        'a status that is none, in the short form',
        kind('http: { url: https://a.example/, expect: 2000 }'),
        ['u.yaml:4:46 checks[0].http.expect: is not a status; write one such as 200, 2xx or 200-299'],
      ],
      [
        'a regular expression that is none',
        kind("http: { url: https://a.example/, expect: { body: { regex: 'a(' } } }"),
        ['u.yaml:4:63 checks[0].http.expect.body.regex: is not a regular expression: Unterminated group'],
      ],
      [
        'a header that no request can have',
        kind("http: { url: https://a.example/, headers: { 'a b': c } }"),
        [
          'u.yaml:4:49 checks[0].http.headers["a b"]: is not a header name; write letters, digits and hyphens, such as Accept-Language',
        ],
      ],
      [
        'a reference to a secret that is none',
        kind("http: { url: https://a.example/, bearer: 'env:MY-TOKEN' }"),
        [
          'u.yaml:4:46 checks[0].http.bearer: is not a reference to a secret; write env:NAME, ssm:/path/of/parameter or secretsmanager:name#key',
        ],
      ],
      [
        'too many redirects',
        kind('http: { url: https://a.example/, redirects: 21 }'),
        ['u.yaml:4:49 checks[0].http.redirects: is 21, must be 0 to 20'],
      ],
      [
        'an IP version that is none',
        kind('http: { url: https://a.example/, ip: 5 }'),
        ['u.yaml:4:42 checks[0].http.ip: is 5, must be 4 or 6'],
      ],
    ])('%s', expectErrors)
  })

  describe('tcp', () => {
    test.each<Row>([
      [
        'no port',
        kind('tcp: { address: a.example }'),
        [
          'u.yaml:4:21 checks[0].tcp.address: is not an address with a port; write example.com:443, 192.0.2.1:443 or [2001:db8::1]:443',
        ],
      ],
      [
        'a port out of range',
        kind("tcp: { address: 'a.example:70000' }"),
        [
          'u.yaml:4:21 checks[0].tcp.address: is not an address with a port; write example.com:443, 192.0.2.1:443 or [2001:db8::1]:443',
        ],
      ],
      [
        'IPv6 without brackets',
        kind("tcp: { address: '2001:db8::1:443' }"),
        [
          'u.yaml:4:21 checks[0].tcp.address: is not an address with a port; write example.com:443, 192.0.2.1:443 or [2001:db8::1]:443',
        ],
      ],
      [
        'a host that is none',
        kind("tcp: { address: '-a.example:80' }"),
        [
          'u.yaml:4:21 checks[0].tcp.address: is not an address with a port; write example.com:443, 192.0.2.1:443 or [2001:db8::1]:443',
        ],
      ],
      [
        'bytes that are none',
        kind("tcp: { address: 'a.example:80', send: { hex: 0x0d } }"),
        ['u.yaml:4:50 checks[0].tcp.send.hex: is a number, must be text; put it in quotes'],
      ],
      [
        'two forms at once',
        kind("tcp: { address: 'a.example:80', expect: { contains: a, regex: b } }"),
        ['u.yaml:4:45 checks[0].tcp.expect: needs exactly one of contains, regex, hex'],
      ],
      [
        'a payload that is a list',
        kind("tcp: { address: 'a.example:80', send: [a] }"),
        ['u.yaml:4:43 checks[0].tcp.send: is a list, must be text or a mapping'],
      ],
    ])('%s', expectErrors)
  })

  describe('dns', () => {
    test.each<Row>([
      ['no name', kind('dns: { type: A }'), ['u.yaml:4:10 checks[0].dns.name: is missing, must be text']],
      [
        'a type that does not exist',
        kind('dns: { name: a.example, type: AAA }'),
        ['u.yaml:4:35 checks[0].dns.type: is "AAA"; did you mean AAAA?'],
      ],
      [
        'the type ANY',
        kind('dns: { name: a.example, type: ANY }'),
        [
          'u.yaml:4:35 checks[0].dns.type: is ANY, which servers may answer with whatever they like (RFC 8482); name one type',
        ],
      ],
      [
        'a server with a wrong port',
        kind("dns: { name: a.example, server: 'ns.example:0' }"),
        [
          'u.yaml:4:37 checks[0].dns.server: is not an address with a port; write example.com:443, 192.0.2.1:443 or [2001:db8::1]:443 (port 53 when left out)',
        ],
      ],
      [
        'an address that is none among the expected',
        kind('dns: { name: a.example, expect: { any: [192.0.2.1, 192.0.2.300] } }'),
        ['u.yaml:4:56 checks[0].dns.expect.any[1]: is not a valid A record; write it like 192.0.2.1'],
      ],
      [
        'records beside an rcode that has none',
        kind('dns: { name: a.example, expect: { rcode: NXDOMAIN, any: [192.0.2.1] } }'),
        ['u.yaml:4:61 checks[0].dns.expect.any: cannot be met: an answer with NXDOMAIN has no records'],
      ],
    ])('%s', expectErrors)
  })

  describe('tls', () => {
    test.each<Row>([
      [
        'no address',
        kind('tls: { days: 14 }'),
        ['u.yaml:4:10 checks[0].tls.address: is missing, must be text'],
      ],
      [
        'days that are a duration',
        kind('tls: { address: a.example, days: 14d }'),
        ['u.yaml:4:38 checks[0].tls.days: is text, must be a number'],
      ],
      [
        'days below zero',
        kind('tls: { address: a.example, days: -1 }'),
        ['u.yaml:4:38 checks[0].tls.days: is -1, must be 0 to 3650'],
      ],
      [
        'a version that nobody should speak',
        kind("tls: { address: a.example, min_version: '1.0' }"),
        ['u.yaml:4:45 checks[0].tls.min_version: is "1.0"; must be 1.2 or 1.3'],
      ],
      [
        'a version without quotes',
        kind('tls: { address: a.example, min_version: 1.2 }'),
        ['u.yaml:4:45 checks[0].tls.min_version: is 1.2, must be 1.2 or 1.3, in quotes'],
      ],
      [
        'a certificate that is none',
        kind('tls: { address: a.example, ca: ca.pem }'),
        [
          'u.yaml:4:36 checks[0].tls.ca: is not a certificate; write one or several in PEM, from -----BEGIN CERTIFICATE----- on',
        ],
      ],
    ])('%s', expectErrors)
  })
})
