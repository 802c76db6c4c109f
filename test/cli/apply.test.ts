import { beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { applyEverywhere } from '../../functions/cli/apply.ts'
import {
  type Database,
  localCredentials,
  localTable,
  startDatabase,
} from '../../functions/dev/cloud/database.ts'
import { parseConfig } from '../../shared/config/parse.ts'
import { deploymentOf } from '../../shared/plan/deployment.ts'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import type { Store } from '../../shared/store/store.ts'
import { testFolder } from './folder.ts'
import { run } from './program.ts'

const folder = testFolder()

const configuration = (checks: string) => `
regions: [us-east-1]
defaults: { confirmations: 1 }
contacts: { ops: { email: ops@example.com } }
operators: ops
checks:
${checks}`
const web = "  - { name: web, tcp: { address: 'example.com:443' }, alerts: [ops] }\n"
const db = "  - { name: db, tcp: { address: 'example.com:5432' } }\n"

let database: Database
let store: Store
beforeAll(() => {
  folder.write('web.yaml', configuration(web))
  folder.write('both.yaml', configuration(web.replace('443', '8443') + db))
})
beforeEach(async () => {
  database = await startDatabase()
  store = dynamoStore(database.client, localTable)
  const { config } = parseConfig(configuration(web), 'web.yaml')
  await store.putDeployment(await deploymentOf(config!))
  return () => database.close()
})

const apply = (...args: string[]) =>
  run(['apply', ...args], {
    cwd: folder.path,
    env: {
      AWS_ENDPOINT_URL_DYNAMODB: database.url,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
  })

const instant = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:00Z`

test('tells what changes, and from when it holds', async () => {
  expect(await apply('web.yaml')).toEqual({
    code: 0,
    stderr: '',
    stdout: expect.stringMatching(
      new RegExp(`^us-east-1: no plan → [0-9a-f]{12}, in effect from ${instant}\n {2}added {4}web\n$`),
    ),
  })
  expect(await apply('both.yaml')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      new RegExp(
        `^us-east-1: [0-9a-f]{12} → [0-9a-f]{12}, in effect from ${instant}\n {2}added {4}db\n {2}changed {2}web: tcp\n$`,
      ),
    ),
  })
  expect((await apply('both.yaml')).stdout).toMatch(/ is already the newest plan, in effect from /)
})

test('with --dry-run tells the same and writes nothing', async () => {
  const { code, stdout } = await apply('web.yaml', '--dry-run')
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: expect.stringMatching(
      /^us-east-1: no plan → [0-9a-f]{12}, would be in effect from .*\n {2}added {4}web\n$/,
    ),
  })
  expect(await store.currentPlan()).toEqual({ revision: 0, entries: [] })
})

test('as JSON', async () => {
  const { stdout } = await apply('web.yaml', '--json')
  expect(JSON.parse(stdout)).toEqual({
    type: 'apply',
    home: 'us-east-1',
    version: expect.stringMatching(/^[0-9a-f]{12}$/),
    from: expect.any(Number),
    applied: true,
    added: ['web'],
    removed: [],
    changed: [],
  })
})

test('refuses what was not deployed, and leaves the plan', async () => {
  await apply('web.yaml')
  const before = await store.currentPlan()
  folder.write('more.yaml', configuration(web).replace('ops@example.com', 'other@example.com'))
  expect(await apply('more.yaml')).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining(
      'the endpoints of the contact ops differ from those deployed\nonly a deployment can change that: npm run deploy\n',
    ),
  })
  expect(await store.currentPlan()).toEqual(before)
})

test('refuses a wrong configuration before it asks the table', async () => {
  folder.write('bad.yaml', 'regions: [us-east-1]\nchecks: []\n')
  const { code, stdout, stderr } = await apply('bad.yaml')
  expect({ code, stdout, stderr }).toEqual({
    code: 1,
    stdout: '',
    stderr: 'bad.yaml:2:9 checks: is empty, must be a list with at least one check\n',
  })
})

test('says so where nothing is deployed', async () => {
  await database.close()
  database = await startDatabase()
  expect(await apply('web.yaml')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('nothing is deployed there; deploy first'),
  })
})

test('in several homes begins at the same tick, however long they take', async () => {
  const { config } = parseConfig(
    configuration(web).replace('operators', 'homes: [us-east-1, eu-west-1]\noperators'),
    'homes.yaml',
  )
  const other = await startDatabase()
  onTestFinished(() => other.close())
  const homes = { 'us-east-1': database, 'eu-west-1': other } as Readonly<Record<string, Database>>
  const stores = Object.values(homes).map(({ client }) => dynamoStore(client, localTable))
  for (const each of stores) await each.putDeployment(await deploymentOf(config!))
  // Half a minute passes between any two reads of the clock.
  let nowMs = Date.UTC(2026, 10, 20, 12)
  vi.spyOn(Date, 'now').mockImplementation(() => (nowMs += 30_000))
  vi.spyOn(console, 'log').mockImplementation(() => {})
  onTestFinished(() => void vi.restoreAllMocks())

  await applyEverywhere(config!, { table: localTable }, (region) => ({
    region,
    endpoint: homes[region]!.url,
    credentials: localCredentials,
  }))
  const [first, second] = await Promise.all(stores.map((each) => each.currentPlan()))
  expect(first!.entries).toHaveLength(1)
  expect(second).toEqual(first)
})
