import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fetchPackage, lockedPackage, runnerPackages } from '../../cdk/runner-packages.ts'
import { localTable, startDatabase } from '../../functions/dev/cloud/database.ts'
import type { Tick } from '../../shared/check.ts'
import { applyPlan } from '../../shared/plan/apply.ts'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import type { Store } from '../../shared/store/store.ts'
import { configOf, inWords, propertiesOf, synth } from '../cdk/synth.ts'
import { exitSkipped, Unavailable } from '../deploy/python.ts'
import { step } from '../deploy/story.ts'
import { makeMachine, runMachine } from './machine.ts'
import { fetchPackages, requireCommands } from './packages.ts'

// A runner's machine under full emulation: a real arm64 kernel and a real systemd run the CDK's boot script, unpack the
// shipped archive, and vote into a table on this host. qemu's user-mode emulation is not enough, because it lacks
// SO_TIMESTAMPNS.

/** When the plan takes effect after the archive was fetched, which takes up to half a minute to unpack. */
const holdsAfterSeconds = 120
/** Without notifications from the runner, systemd gives up before the plan takes effect. */
const startSeconds = 20
/** An emulated machine is slow. */
const withinMs = 600_000

const configuration = `
regions: []
homes: [us-east-1]
runners: { lab-1: { region: us-east-1 } }
defaults: { confirmations: 1, delay: 1, timeout: 4s, interval: 5s }
checks:
  - { name: open, half_open: { address: '127.0.0.1:4444' }, allow_private: true }
  - { name: open6, half_open: { address: '[::1]:4444' }, allow_private: true }
  - { name: closed, half_open: { address: '127.0.0.1:1' }, allow_private: true }
  - { name: ping, icmp: { target: 127.0.0.1, count: 2, interval: 100ms }, allow_private: true }
  - { name: ping6, icmp: { target: '::1', count: 2, interval: 100ms }, allow_private: true }
  - { name: host, icmp: { target: 10.0.2.2, count: 2, interval: 100ms }, allow_private: true }
`

const cache = join(import.meta.dirname, '../../node_modules/.cache/upquorum-arm64')
const folder = mkdtempSync(join(tmpdir(), 'upquorum-arm64-'))
const database = await startDatabase()
const printed: string[] = []
try {
  requireCommands()
  await tell()
  step('all as it should be')
} catch (error) {
  const skipped = error instanceof Unavailable
  if (skipped) console.error(`skipped: a runner on arm64. It ${error.message}`)
  else console.error(printed.slice(-60).join('\n'), error)
  process.exitCode = skipped ? exitSkipped : 1
} finally {
  await database.close()
  rmSync(folder, { recursive: true })
}

async function tell(): Promise<void> {
  for (const name of Object.values(runnerPackages)) fetchPackage(lockedPackage(name))
  const packages = fetchPackages(cache)
  const stack = synthRunners()
  const machine = makeMachine(folder, { packages, ...stack, dropIn: dropIn() })
  stack.remove()
  step(`a machine is made of ${packages.length} packages, the archive and the boot script of the CDK`)

  const store = dynamoStore(database.client, localTable)
  let applying: ReturnType<typeof apply> | undefined
  const poweredOff = await runMachine(machine, withinMs, (line) => {
    printed.push(line)
    const [, proof] = /^proof: (.*)$/.exec(line.trim()) ?? []
    if (proof !== undefined) step(proof)
    if (proof === 'fetched') applying = apply(store)
  })

  ok(applying !== undefined, 'the machine got as far as its boot script')
  const { from, plan } = await applying
  const said = printed.join('\n')
  match(said, /^proof: aarch64, systemd \d+/m)
  match(said, /"message":"lab-1 has started".*"method":"raw"/)
  match(said, /^proof: CapEff: 0000000000002000, NoNewPrivs: 1/m)
  match(said, /^proof: a dynamic user/m)
  const [, code, at] = /^proof: signalled -e (\d+) at (\d+)/m.exec(said) ?? []
  equal(code, '0')
  ok(Number(at) >= from, 'CloudFormation is told after the first ballot, not before')
  const [started, votes] = ['lab-1 has started', 'lab-1 votes'].map((message) => timeOf(message, said))
  ok(votes! - started! > startSeconds * 1000, 'the runner had to ask for more time')
  const ballots = await store.ballots(plan.shards[0]!.shard, from, (from + 600) as Tick, { consistent: true })
  ok(ballots.length > 0, 'there are ballots')
  const { ms, failed } = ballots[0]!
  const names = plan.shards[0]!.checks.map(({ name }) => name)
  deepEqual(
    Object.fromEntries(names.map((name, index) => [name, ms[index]! > 0 ? 'online' : failed[name]?.reason])),
    { open: 'online', open6: 'online', closed: 'refused', ping: 'online', ping6: 'online', host: 'online' },
  )
  step(
    `${ballots.length} ballots; the first: ${names.map((name, index) => `${name} ${ms[index]}`).join(', ')}`,
  )
  match(said, /^proof: killed, and active again/m)
  ok(poweredOff && !/still here/.test(said), 'status 69 ends the machine')
  step('asked for another machine, it powered itself off')
}

/** Writes the plan, as a deployment does just before it creates the machines. */
async function apply(store: Store) {
  const nowSeconds = Date.now() / 1000
  const from = (Math.ceil(nowSeconds / 5) * 5 + holdsAfterSeconds) as Tick
  const { plan } = await applyPlan(store, configOf(configuration), from, nowSeconds)
  return { from, plan }
}

/** The boot script and the archive's content, as in a deployment. */
function synthRunners() {
  const stack = 'upquorum-runners-us-east-1'
  const assembly = synth(configuration, { 'aws:cdk:bundling-stacks': [stack] })
  const [template] = propertiesOf(assembly, stack, 'AWS::EC2::LaunchTemplate').map(inWords)
  const { UserData } = (template as { LaunchTemplateData: Record<string, unknown> }).LaunchTemplateData
  const userData = (UserData as Record<string, string>)['Fn::Base64']!
  const isBundle = (name: string) => existsSync(join(assembly.directory, name, 'runner.mjs'))
  const asset = join(assembly.directory, readdirSync(assembly.directory).find(isBundle)!)
  return { userData, asset, remove: () => assembly.remove() }
}

/** When the runner first printed that, in epoch ms. */
function timeOf(message: string, said: string): number {
  const [, time] = new RegExp(`"message":"${message}","timestamp":"([^"]+)"`).exec(said) ?? []
  return Date.parse(time!)
}

/** The differences to EC2: the AWS endpoints and credentials. The table is that of the local cloud. */
function dropIn(): string {
  const { port } = new URL(database.url)
  const environment = {
    UPQUORUM_TABLE: localTable,
    AWS_ENDPOINT_URL: `http://10.0.2.2:${port}`,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  }
  const settings = Object.entries(environment).map(([name, value]) => `Environment=${name}=${value}`)
  const others = ['UnsetEnvironment=UPQUORUM_LOG_GROUP', `TimeoutStartSec=${startSeconds}`]
  return `[Service]\n${[...settings, ...others].join('\n')}\n`
}
