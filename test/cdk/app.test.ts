import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App, type Stack } from 'aws-cdk-lib'
import { type CfnQueue, Queue } from 'aws-cdk-lib/aws-sqs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfiguration } from '../../cdk/configuration.ts'
import { readOptions } from '../../cdk/options.ts'
import { readConfig } from '../../functions/cli/configuration.ts'
import { everything, synth } from './synth.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'upquorum-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function write(name: string, content: string | Buffer): string {
  const file = join(folder, name)
  writeFileSync(file, content)
  return file
}

describe('the configuration', () => {
  test('is refused before any stack is made, in the words of validate, all at once', () => {
    const file = write('bad.yaml', 'regions: [here]\ncheks: []\n')
    expect(() => readConfiguration(file, 'look')).toThrow(
      new Error(
        [
          `${file}:1:1 checks: is missing, must be a list with at least one check`,
          `${file}:1:11 regions[0]: is not a region; write an AWS region such as eu-west-1`,
          `${file}:2:1 cheks: is unknown; did you mean checks?`,
        ].join('\n'),
      ),
    )
  })

  test('tells its warnings as validate does', () => {
    const file = write('warned.yaml', everything.replace('defaults: { confirmations: 1 }\n', ''))
    expect(readConfiguration(file, 'emulate').warnings).toEqual([
      `${file}:2:1 defaults.confirmations: warning: is 2 of 2 voters for 2 checks, when left out: one silent voter blinds the check`,
    ])
  })

  test('alerts no placeholders when it is deployed; whoever looks at templates is warned', () => {
    const file = write('placeholders.yaml', everything.replace('defaults: { confirmations: 1 }\n', ''))
    const placeholders = [
      ['6:17 contacts.ops.email', 'is ops@example.com, a placeholder: write an address that somebody reads'],
      ['6:39 contacts.ops.sms', 'is +15550100, a placeholder: write a number that somebody reads'],
      [
        '7:20 contacts.hook.webhook',
        'leads to hooks.example.com, a placeholder: write an address where something listens',
      ],
    ].map((remark) => [`${file}:${remark[0]}`, remark[1]])
    expect(() => readConfiguration(file, 'deploy')).toThrow(
      new Error(placeholders.map((remark) => remark.join(': ')).join('\n')),
    )
    const [confirmations, ...others] = readConfiguration(file, 'look').warnings
    expect(others).toEqual(placeholders.map((remark) => remark.join(': warning: ')))
    expect(readConfiguration(file, 'emulate').warnings).toEqual([confirmations])
  })

  test.each([
    ['is not there', () => join(folder, 'nowhere.yaml')],
    ['is a folder', () => folder],
    ['is no text', () => write('image.yaml', Buffer.from([0xff, 0xd8, 0xff]))],
  ])('that %s is refused as by every command', (_what, path) => {
    const file = path()
    const messageOf = (read: () => unknown) => {
      try {
        return read()
      } catch (error) {
        return (error as Error).message
      }
    }
    const message = messageOf(() => readConfig(file))
    expect(message).toContain(file)
    expect(messageOf(() => readConfiguration(file, 'look'))).toBe(message)
  })

  test('has nothing that works on one machine only, of which validate warns, but in an emulator', () => {
    const file = write(
      'local.yaml',
      `regions: [eu-west-1]
runners: { lab-1: { region: eu-west-1 } }
contacts: { hook: { webhook: ['http://127.0.0.1:8080/'] } }
checks:
  - { name: web, http: { url: 'https://example.com/', bearer: 'env:AWS_SESSION_TOKEN' }, alerts: [hook] }
  - { name: lab, http: { url: 'https://example.com/', bearer: 'env:TOKEN' }, from: [lab-1] }
`,
    )
    const remarks = [
      [
        `${file}:3:31 contacts.hook.webhook[0]`,
        'is on this machine, so a deployment refuses it: SNS delivers to https:// addresses',
      ],
      [
        `${file}:5:63 checks[0].http.bearer`,
        'is env:AWS_SESSION_TOKEN, which local runs and runners can read, so a deployment refuses it: a Lambda reads ssm: or secretsmanager:',
      ],
    ]
    expect(() => readConfiguration(file, 'look')).toThrow(
      new Error(remarks.map((remark) => remark.join(': ')).join('\n')),
    )
    expect(readConfiguration(file, 'emulate')).toMatchObject({
      config: { contacts: [{ name: 'hook' }] },
      warnings: remarks.map((remark) => remark.join(': warning: ')),
    })
  })
})

describe('a target that only local runs and runners may look at', () => {
  const fileWith = (...checks: string[]) =>
    write(
      'private.yaml',
      [
        'regions: [eu-west-1]',
        'runners: { lab-1: { region: eu-west-1 } }',
        'checks:',
        '  - { name: lab, tcp: { address: "10.0.0.5:22" }, from: lab-1, allow_private: true }',
        ...checks.map((check, index) => `  - { name: check-${index}, ${check} }`),
        '',
      ].join('\n'),
    )
  const withoutPlace = (text: string) => text.replaceAll(/^\S+ (?=checks)/gm, '')
  const warningsIn = (...checks: string[]) =>
    readConfiguration(fileWith(...checks), 'emulate').warnings.map(withoutPlace)
  const refusalOf = (...checks: string[]) => {
    try {
      return readConfiguration(fileWith(...checks), 'look').warnings.map(withoutPlace)
    } catch (error) {
      return withoutPlace((error as Error).message)
    }
  }
  const obeyed = 'Lambda voters refuse private targets anyway, only local runs and runners honour it'

  test.each([
    [
      'whatever the check says',
      'http: { url: "http://127.0.0.1:8080/" }, allow_private: true',
      ['checks[1].allow_private', `is true although regions vote on this check: ${obeyed}`],
    ],
    [
      'also where a runner votes beside the region',
      'tcp: { address: "localhost:22" }, from: [eu-west-1, lab-1], confirmations: 1, allow_private: true',
      ['checks[1].allow_private', `is true although regions vote on this check: ${obeyed}`],
    ],
    [
      'without a word from the check',
      'tls: { address: "10.0.0.5:443" }',
      [
        'checks[1].tls',
        'will be refused: 10.0.0.5 is a private address; a check may probe it only with "allow_private: true"',
      ],
    ],
  ])('is refused at a deployment where a region votes, %s', (_how, check, [path, message]) => {
    expect(refusalOf(check)).toBe(`${path}: ${message}`)
    expect(warningsIn(check)).toContain(`${path}: warning: ${message}`)
  })

  test('passes where only a runner votes, where nobody does, and where a name may lead anywhere', () => {
    const disabled = 'tcp: { address: "10.0.0.5:22" }, enabled: false, allow_private: true'
    const name = 'tcp: { address: "db.internal.example:22" }, allow_private: true'
    expect(refusalOf(disabled, name)).toEqual([
      `checks[1].allow_private: warning: is true although regions vote on this check (and on 1 more): ${obeyed}`,
    ])
  })

  test('is told once for all, apart from those that may be public', () => {
    const checks = ['db.internal.example', '10.0.0.5', '10.0.0.6'].map(
      (host) => `tcp: { address: "${host}:22" }, allow_private: true`,
    )
    expect(warningsIn(...checks)).toEqual([
      `checks[1].allow_private: warning: is true although regions vote on this check: ${obeyed}`,
      `checks[2].allow_private: warning: is true although regions vote on this check (and on 1 more): ${obeyed}`,
    ])
    expect(refusalOf(...checks)).toBe(
      `checks[2].allow_private: is true although regions vote on this check (and on 1 more): ${obeyed}`,
    )
  })
})

describe('the options', () => {
  const options = (context: Record<string, unknown>) => readOptions(new App({ postCliContext: context }).node)

  test('have safe values when left out', () => {
    expect(options({})).toEqual({
      file: 'upquorum.yaml',
      retain: true,
      tracing: false,
      emulated: false,
      quiet: false,
    })
  })

  test('come from -c', () => {
    expect(
      options({
        config: 'my.yaml',
        retain: 'false',
        tracing: 'true',
        emulated: 'true',
        quiet: 'true',
        reserved: '5',
      }),
    ).toEqual({
      file: 'my.yaml',
      retain: false,
      tracing: true,
      emulated: true,
      quiet: true,
      reservedConcurrency: 5,
    })
  })

  test.each([
    [{ retain: 'no' }, '-c retain=no: must be true or false'],
    [{ tracing: '1' }, '-c tracing=1: must be true or false'],
    [{ reserved: '0' }, '-c reserved=0: must be a whole number, at least 1'],
    [{ reserved: 'all' }, '-c reserved=all: must be a whole number, at least 1'],
  ])('that mean nothing are refused: %j', (context, message) => {
    expect(() => options(context)).toThrow(message)
  })
})

describe('the validators', () => {
  const probeStack = (app: App) => app.node.findChild('upquorum-probe-eu-west-1') as Stack

  test('pass what the project makes', () => {
    expect(() => synth(everything).remove()).not.toThrow()
  })

  test('cdk-nag fails the synth for a queue that takes what is not encrypted', () => {
    expect(() => synth(everything, {}, (app) => new Queue(probeStack(app), 'another'))).toThrow(
      /AwsSolutions-SQS4/,
    )
  })

  test('CloudFormation fails it for a property that does not exist', () => {
    const misspell = (app: App) => {
      const queue = probeStack(app).node.findChild('jobs').node.defaultChild as CfnQueue
      queue.addPropertyOverride('VisibilityTimeOut', 90)
    }
    expect(() => synth(everything, {}, misspell)).toThrow(/VisibilityTimeOut/)
  })
})
