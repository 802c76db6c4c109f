import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ListTopicsCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns'
import { homeStackName, tableName, topicName } from '../../cdk/names.ts'
import { tableClient } from '../../functions/runtime/home.ts'
import type { ContactName, ShardId, Tick } from '../../shared/check.ts'
import type { PlanIndex } from '../../shared/plan/plan.ts'
import { indexPart } from '../../shared/plan/reader.ts'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import type { Store } from '../../shared/store/store.ts'
import {
  delayTicks,
  firstConfiguration,
  intervalSeconds,
  secondConfiguration,
  voters,
} from './configurations.ts'
import { type Emulator, startEmulator } from './emulator.ts'
import { startGateway } from './gateway.ts'
import { type Ended, run } from './process.ts'
import { exitSkipped, Unavailable } from './python.ts'
import { startTarget, startWebhooks } from './servers.ts'
import { step } from './story.ts'

// The whole of it, deployed for real into an emulator of AWS on this machine: two regions vote, a home
// decides, and contacts hear of exactly one outage and one recovery while a new plan takes over between them.

const root = join(import.meta.dirname, '../..')
const home = voters[0]
const contacts = ['ops', 'hook'] as ContactName[]

/** The emulator runs one job after the other: late in an interval they are done, and the next is not begun. */
const betweenTicks = intervalSeconds - 1.5

/**
 * The emulator runs one job after the other, whatever the region: the second region begins when the first has
 * done its job, which takes up to half a second of jitter.
 */
const longestJobMs = 1_000

const folder = mkdtempSync(join(tmpdir(), 'upquorum-deploy-'))
const configurationFile = join(folder, 'upquorum.yaml')
const target = await startTarget()
const webhooks = await startWebhooks()
const ports = { target: target.port, webhooks: webhooks.port }
let emulator: Emulator | undefined

try {
  step('start the emulator')
  emulator = await startEmulator(folder)
  // The SDK of this process is to talk to nobody else either.
  Object.assign(process.env, emulator.environment)
  await tell(emulator)
  step('all as it should be')
} catch (error) {
  if (error instanceof Unavailable) {
    console.error(`skipped: the deployment was not tried. It ${error.message}`)
    process.exitCode = exitSkipped
  } else {
    if (emulator !== undefined) console.error(emulator.log().split('\n').slice(-60).join('\n'))
    console.error(error)
    process.exitCode = 1
  }
} finally {
  await emulator?.stop()
  await target.close()
  await webhooks.close()
  rmSync(folder, { recursive: true, force: true })
}

async function tell({ url, environment }: Emulator): Promise<void> {
  const store = dynamoStore(tableClient({ region: home }), tableName)

  step('bootstrap both regions, deploy all stacks')
  writeFileSync(configurationFile, firstConfiguration(ports))
  await cdk(environment, 'deploy', '--require-approval', 'never')
  await subscribe()
  const [first] = (await store.currentPlan()).entries
  ok(first !== undefined, 'the deployment brought the plan into the table')
  step(`the plan ${first.version} holds from ${clockTime(first.from)}`)

  // The second is to take over a minute after the first, later only on a busy machine.
  await until(first.from - 170)
  step('deploy another plan over it')
  writeFileSync(configurationFile, secondConfiguration(ports))
  await cdk(environment, 'deploy', '--require-approval', 'never')
  const [, second] = (await store.currentPlan()).entries
  ok(second !== undefined, 'the second deployment brought another plan')
  ok(second.from >= first.from + 60, 'the second plan waits for its own minute')
  step(`the plan ${second.version} holds from ${clockTime(second.from)}`)

  await until(first.from + 20 + betweenTicks)
  equal(
    (await store.state(await shardOfWeb(store), { consistent: true }))?.rows.get('web' as never)?.status,
    undefined,
  )
  step('web is online; take it down')
  target.state.isUp = false
  const down = (first.from + 20 + delayTicks * intervalSeconds) as Tick
  await until(down + 18)
  deepEqual(heard(), contacts.map((contact) => `${contact}: web@${down} online → offline`).toSorted())
  step(`every contact heard of web@${down}`)

  await until(second.from + 20 + betweenTicks)
  step('the other plan took over; bring web up')
  target.state.isUp = true
  const up = (second.from + 20 + delayTicks * intervalSeconds) as Tick
  await until(up + 25)
  deepEqual(
    heard(),
    contacts
      .flatMap((contact) => [
        `${contact}: web@${down} online → offline`,
        `${contact}: web@${up} offline → online`,
      ])
      .toSorted(),
  )
  step(`every contact heard of web@${up}, and of nothing else`)

  await everyTickHasItsBallots(store, first.from, up)
  regionsStartTogether(first.from, up)
  await applyWithoutDeployment(store, environment)
  await destroy(url, environment)
}

/** The emulator never asks an endpoint that a stack subscribed to confirm, so these are subscribed again. */
async function subscribe(): Promise<void> {
  const sns = new SNSClient({ region: home })
  const { Topics = [] } = await sns.send(new ListTopicsCommand({}))
  for (const contact of contacts) {
    const TopicArn = Topics.find((topic) => topic.TopicArn?.endsWith(`:${topicName(contact)}`))?.TopicArn
    ok(TopicArn !== undefined, `${contact} has a topic`)
    const Endpoint = `http://127.0.0.1:${ports.webhooks}/${contact}`
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint }))
  }
  for (let attempt = 0; attempt < 50 && webhooks.confirmed.size < contacts.length; attempt++) await sleep(100)
  equal(webhooks.confirmed.size, contacts.length, 'every webhook confirmed its subscription')
}

/** Every alert that a contact heard, once. */
function heard(): readonly string[] {
  const lines = webhooks.told.map(
    ({ contact, alertId, from, to }) => `${contact}: ${alertId} ${from} → ${to}`,
  )
  return [...new Set(lines)].toSorted()
}

async function shardOfWeb(store: Store): Promise<ShardId> {
  const [entry] = (await store.currentPlan()).entries
  const index = JSON.parse((await store.document(entry!.version, indexPart))!) as PlanIndex
  return index.shards.find((shard) => shard.voters.length === voters.length)!.shard
}

async function everyTickHasItsBallots(store: Store, from: Tick, to: Tick): Promise<void> {
  const ballots = await store.ballots(await shardOfWeb(store), from, to, { consistent: true })
  const ticks = Map.groupBy(ballots, ({ tick }) => tick)
  const expected = Array.from(
    { length: (to - from) / intervalSeconds + 1 },
    (_, index) => from + index * intervalSeconds,
  )
  deepEqual([...ticks.keys()], expected)
  for (const [tick, votes] of ticks) equal(votes.length, voters.length, `both voted at ${clockTime(tick)}`)
  step(`both regions voted at each of ${ticks.size} ticks`)
}

/** The regions know nothing of each other: what makes them begin together is the tick alone. */
function regionsStartTogether(from: Tick, to: Tick): void {
  const apartMs: number[] = []
  const lateMs: number[] = []
  for (let tick = from; tick <= to; tick = (tick + intervalSeconds) as Tick) {
    const first = voters.map((voter) =>
      Math.min(
        ...target.hits
          .filter(
            ({ path, atMs }) =>
              path === `/${voter}` && Math.floor(atMs / 1000 / intervalSeconds) * intervalSeconds === tick,
          )
          .map(({ atMs }) => atMs),
      ),
    )
    apartMs.push(Math.max(...first) - Math.min(...first))
    lateMs.push(...first.map((atMs) => atMs - tick * 1000))
  }
  const [apart, late] = [apartMs, lateMs].map((values) => values.toSorted((one, other) => one - other))
  const median = (values: readonly number[]) => Math.round(values[Math.floor(values.length / 2)]!)
  step(
    `the regions began ${median(apart!)} ms apart (median; at most ${Math.round(apart!.at(-1)!)}), ${median(late!)} ms after the tick`,
  )
  ok(median(apart!) < longestJobMs + 1000, 'the regions begin within a second of when they can')
}

async function applyWithoutDeployment(
  store: Store,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const apply = (...args: string[]) =>
    run(process.execPath, [join(root, 'functions/cli/main.ts'), 'apply', configurationFile, ...args], {
      ...process.env,
      ...environment,
    })
  writeFileSync(configurationFile, secondConfiguration(ports).replace('timeout: 4s', 'timeout: 3s'))
  const before = await store.currentPlan()

  match((await apply('--dry-run')).stdout, /which would hold from .*\n( {2}changed {2}[\w-]+: timeout\n)+$/)
  deepEqual(await store.currentPlan(), before)
  step('apply --dry-run says what would change')

  match((await apply()).stdout, /which holds from /)
  const after = await store.currentPlan()
  equal(after.revision, before.revision + 1)
  step('apply changes the plan')

  writeFileSync(configurationFile, secondConfiguration(ports).replace('ops@example.com', 'other@example.com'))
  const undeployed = await apply()
  equal(undeployed.code, 1)
  match(undeployed.stderr, /the contact ops has other endpoints than those deployed/)
  writeFileSync(configurationFile, secondConfiguration(ports).replace('interval: 10s', 'interval: 7s'))
  equal((await apply()).code, 1)
  const refused = await tryCdk(environment, 'deploy', '--require-approval', 'never')
  equal(refused.code, 1)
  match(refused.stderr, /defaults\.interval: is 7s, must be 10s, 15s/)
  deepEqual(await store.currentPlan(), after)
  step('a bad plan is refused by apply and by deploy; the one in force stays')
}

async function destroy(url: string, environment: Readonly<Record<string, string>>): Promise<void> {
  writeFileSync(configurationFile, secondConfiguration(ports))
  const gateway = await startGateway(url)
  await cdk({ ...environment, AWS_ENDPOINT_URL: gateway.url }, 'destroy', '--force')
  await gateway.close()
  const client = new SNSClient({ region: home })
  deepEqual(
    (await client.send(new ListTopicsCommand({}))).Topics ?? [],
    [],
    `${homeStackName(home)} left a topic`,
  )
  step('destroy leaves nothing')
}

async function cdk(environment: Readonly<Record<string, string>>, ...args: string[]): Promise<void> {
  const { code, stdout, stderr } = await tryCdk(environment, ...args)
  equal(code, 0, `cdk ${args[0]} failed:\n${stdout}\n${stderr}`)
}

/** `npm run deploy` and `npm run destroy`, into the emulator. */
function tryCdk(environment: Readonly<Record<string, string>>, ...args: string[]): Promise<Ended> {
  const [command, ...options] = args
  return run(
    process.execPath,
    [
      ...[join(root, 'cdk/cli.ts'), command!, configurationFile, ...options],
      ...['--output', join(folder, 'cdk.out'), '-c', 'emulated=true', '-c', 'retain=false'],
    ],
    { ...process.env, ...environment, CI: 'true' },
  )
}

async function until(epochSeconds: number): Promise<void> {
  await sleep(Math.max(0, epochSeconds * 1000 - Date.now()))
}

function clockTime(epochSeconds: number): string {
  return new Date(epochSeconds * 1000).toISOString().slice(11, 19)
}
