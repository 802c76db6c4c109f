import { expect, test } from 'vitest'
import { localTable, startDatabase } from '../../functions/dev/cloud/database.ts'
import type { Config } from '../../shared/config/config.ts'
import { parseConfig } from '../../shared/config/parse.ts'
import { deploymentOf, missingFrom } from '../../shared/plan/deployment.ts'
import { dynamoStore } from '../../shared/store/dynamo.ts'

const text = `
regions: [us-east-1, eu-west-1]
runners: { lab-1: { region: us-east-1 } }
defaults: { confirmations: 1 }
operators: ops
contacts:
  ops: { email: [a@example.com, b@example.com] }
  hook: { webhook: https://hooks.example.com/x }
checks:
  - { name: api, http: { url: https://api.example.com/, bearer: "ssm:/api/token" }, from: us-east-1, alerts: [ops, hook] }
  - { name: web, http: { url: https://example.com/ } }
`

const configFrom = (source: string): Config => {
  const { config, errors } = parseConfig(source, 'test.yaml')
  if (config === undefined) throw new Error(errors.map(({ message }) => message).join('\n'))
  return config
}

/** What is missing if `text` is deployed and this change to it is applied. */
async function missing(before: string, after: string): Promise<readonly string[]> {
  expect(text).toContain(before)
  const deployed = await deploymentOf(configFrom(text))
  return missingFrom(deployed, await deploymentOf(configFrom(text.replace(before, after))))
}

test('a deployment names voters, contacts and the secrets of each voter, and no address', async () => {
  const fingerprint = expect.stringMatching(/^[0-9a-f]{12}$/)
  expect(await deploymentOf(configFrom(text))).toEqual({
    homes: ['us-east-1'],
    voters: ['us-east-1', 'eu-west-1', 'lab-1'],
    operators: 'ops',
    contacts: { ops: fingerprint, hook: fingerprint },
    secrets: { 'us-east-1': ['ssm:/api/token'], 'eu-west-1': [], 'lab-1': [] },
  })
})

test.each([
  [
    'another check',
    '- { name: web,',
    '- { name: db, tcp: { address: "db.example.com:5432" } }\n  - { name: web,',
  ],
  ['the same addresses in another order', '[a@example.com, b@example.com]', '[b@example.com, a@example.com]'],
  ['a secret less', 'bearer: "ssm:/api/token"', 'method: GET'],
  ['no operators', 'operators: ops\n', ''],
])('%s needs no deployment', async (_what, before, after) => {
  expect(await missing(before, after)).toEqual([])
})

test.each([
  [
    'a home',
    'regions: [us-east-1, eu-west-1]',
    'regions: [us-east-1, eu-west-1]\nhomes: eu-west-1',
    ['the homes are us-east-1, not eu-west-1'],
  ],
  [
    'a region',
    '[us-east-1, eu-west-1]',
    '[us-east-1, eu-west-1, eu-north-1]',
    ['the voter eu-north-1 is not deployed'],
  ],
  ['a contact', 'hook: {', 'pager: { sms: "+15550100" }\n  hook: {', ['the contact pager is not deployed']],
  [
    'an address',
    'b@example.com',
    'c@example.com',
    ['the endpoints of the contact ops differ from those deployed'],
  ],
  ['operators', 'operators: ops', 'operators: hook', ['the deployed alarms do not go to hook']],
  [
    'a secret',
    'ssm:/api/token',
    'secretsmanager:api#token',
    ['us-east-1 may not read the secret secretsmanager:api'],
  ],
  [
    'a secret elsewhere',
    'from: us-east-1',
    'from: eu-west-1',
    ['eu-west-1 may not read the secret ssm:/api/token'],
  ],
  [
    'a runner that becomes self-hosted',
    'lab-1: { region: us-east-1 }',
    'lab-1: { region: us-east-1, self_hosted: true }',
    ['the runner lab-1 still has a machine'],
  ],
])('%s does', async (_what, before, after, sentences) => {
  expect(await missing(before, after)).toEqual(sentences)
})

test('a self-hosted runner that is to have a machine needs a deployment too', async () => {
  const deployed = await deploymentOf(
    configFrom(
      text.replace('lab-1: { region: us-east-1 }', 'lab-1: { region: us-east-1, self_hosted: true }'),
    ),
  )
  expect(deployed.selfHosted).toEqual(['lab-1'])
  expect(missingFrom(deployed, deployed)).toEqual([])
  expect(missingFrom(deployed, await deploymentOf(configFrom(text)))).toEqual([
    'the runner lab-1 has no machine yet',
  ])
})

test('the table keeps the deployment', async () => {
  const database = await startDatabase()
  const store = dynamoStore(database.client, localTable)
  expect(await store.deployment()).toBeUndefined()
  const deployment = await deploymentOf(configFrom(text))
  await store.putDeployment(deployment)
  expect(await store.deployment()).toEqual(deployment)
  await database.close()
})
