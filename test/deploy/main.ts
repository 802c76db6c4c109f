import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ListTopicsCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns'
import { homeStackName, tableName, topicName } from '../../cdk/names.ts'
import { tableClient } from '../../functions/runtime/home.ts'
import type { ContactName, Tick } from '../../shared/check.ts'
import { leadSeconds } from '../../shared/plan/schedule.ts'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import type { Store } from '../../shared/store/store.ts'
import {
  delayTicks,
  firstConfiguration,
  home,
  intervalSeconds,
  secondConfiguration,
} from './configurations.ts'
import { type Emulator, startEmulator } from './emulator.ts'
import { startGateway } from './gateway.ts'
import { loseTheTable } from './lost-table.ts'
import { type Project, projectIn } from './project.ts'
import { exitSkipped, Unavailable } from './python.ts'
import { refuseBadPlans } from './refusals.ts'
import { startTarget, startWebhooks } from './servers.ts'
import { chapter, clockTime, step, until } from './story.ts'
import { everyTickHasItsBallots, regionsStartTogether, sharedShard } from './ticks.ts'

// Everything deployed into an AWS emulator on this machine: two regions vote, a home decides, and contacts are told of
// exactly one outage and one recovery while a new plan takes over between them. Most of the time passes while plans
// wait three minutes to take effect; other tests run meanwhile.

const contacts = ['ops', 'hook'] as ContactName[]

/** The emulator runs jobs one by one; late in an interval they are done and the next ones have not started. */
const betweenTicks = intervalSeconds - 1.5

/** Time after a tick by which its alerts have arrived everywhere, on a busy machine. */
const toldSeconds = 18

const folder = mkdtempSync(join(tmpdir(), 'upquorum-deploy-'))
const target = await startTarget()
const webhooks = await startWebhooks()
const ports = { target: target.port, webhooks: webhooks.port }
let emulator: Emulator | undefined

try {
  console.log(
    'Two regions and a home, deployed into an emulator of AWS on this machine. It takes some six minutes.',
  )
  emulator = await startEmulator(folder)
  // The SDK of this process must only talk to the emulator, too.
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

async function tell(aws: Emulator): Promise<void> {
  const project = projectIn(folder, aws.environment)
  const store = dynamoStore(tableClient({ region: home }), tableName)

  chapter('npm run deploy, twice')
  project.configure(firstConfiguration(ports))
  await project.cdk('deploy')
  await subscribe()
  const [first] = (await store.currentPlan()).entries
  ok(first !== undefined, 'the deployment brought the plan into the table')
  step(
    `both regions are bootstrapped, all stacks stand; the plan ${first.version} holds from ${clockTime(first.from)}`,
  )
  // The second takes over a minute after the first, or later on a busy machine.
  await until(first.from - leadSeconds + 10, 'another plan, to hold a minute later')
  project.configure(secondConfiguration(ports))
  await project.cdk('deploy')
  const [, second] = (await store.currentPlan()).entries
  ok(second !== undefined, 'the second deployment brought another plan')
  ok(second.from >= first.from + 60, 'the second plan waits for its own minute')
  step(`the second deployment brought the plan ${second.version}, in effect from ${clockTime(second.from)}`)

  chapter('Plans that must not come into force')
  await refuseBadPlans(project, store, ports)
  await until(second.from - leadSeconds + 5, 'a plan that may')
  await applyAnother(project, store)

  const ticks = await oneOutage(store, first.from, second.from)

  chapter('What the voters did meanwhile')
  await everyTickHasItsBallots(store, ticks)
  regionsStartTogether(target.hits, ticks)

  chapter('The table is deleted by hand')
  await loseTheTable(aws, project)

  chapter('npm run destroy')
  await destroy(project, aws.url)
}

/** The emulator sends no confirmation request to endpoints subscribed by a stack, so they are subscribed again. */
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

async function applyAnother(project: Project, store: Store): Promise<void> {
  const before = await store.currentPlan()
  project.configure(secondConfiguration(ports).replace('timeout: 4s', 'timeout: 3s'))
  match((await project.upquorum('apply')).stdout, /, in effect from /)
  const after = await store.currentPlan()
  deepEqual(after.entries.slice(0, 2), before.entries)
  equal(after.revision, before.revision + 1)
  step(`apply brings a third, without a deployment, in effect from ${clockTime(after.entries[2]!.from)}`)
}

/** Takes the target down under the first plan and up again under the second. Returns the ticks seen. */
async function oneOutage(store: Store, first: Tick, second: Tick): Promise<readonly Tick[]> {
  chapter('One outage, and the end of it under another plan')
  // pending → online takes as many ticks as any other transition.
  const online = first + (delayTicks - 1) * intervalSeconds
  await until(online + betweenTicks, 'web has become online')
  const state = await store.state(await sharedShard(store), { consistent: true })
  equal(state?.tick, online)
  equal(state.rows.get('web' as never)?.status, undefined, 'plainly online')
  target.state.isUp = false
  step('web is online; take it down')

  const down = (online + delayTicks * intervalSeconds) as Tick
  const news = [`web@${down} online → offline`]
  await until(down + toldSeconds, 'everybody has heard of it')
  deepEqual(heard(), toldToAll(news))
  step(`every contact heard of web@${down}`)

  await until(second + betweenTicks, 'the second plan took over')
  deepEqual(heard(), toldToAll(news))
  target.state.isUp = true
  step('the second plan took over, and nobody heard anything of that; bring web up')

  const up = (second + delayTicks * intervalSeconds) as Tick
  news.push(`web@${up} offline → online`)
  await until(up + toldSeconds, 'everybody has heard of it')
  deepEqual(heard(), toldToAll(news))
  step(`every contact heard of web@${up}, and of nothing else`)
  return Array.from(
    { length: (up - first) / intervalSeconds + 1 },
    (_, index) => (first + index * intervalSeconds) as Tick,
  )
}

/** The alerts that a contact received, without repeats. */
function heard(): readonly string[] {
  const lines = webhooks.told.map(
    ({ contact, alertId, from, to }) => `${contact}: ${alertId} ${from} → ${to}`,
  )
  return [...new Set(lines)].toSorted()
}

function toldToAll(news: readonly string[]): readonly string[] {
  return contacts.flatMap((contact) => news.map((one) => `${contact}: ${one}`)).toSorted()
}

async function destroy(project: Project, url: string): Promise<void> {
  project.configure(secondConfiguration(ports))
  const gateway = await startGateway(url)
  await project.at(gateway.url).cdk('destroy', '--force')
  await gateway.close()
  const { Topics = [] } = await new SNSClient({ region: home }).send(new ListTopicsCommand({}))
  deepEqual(Topics, [], `${homeStackName(home)} left a topic`)
  step('nothing is left')
}
