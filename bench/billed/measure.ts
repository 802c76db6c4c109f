import { localTable } from '../../functions/dev/cloud/database.ts'
import { startEndpoint } from '../../functions/dev/cloud/endpoint.ts'
import { delayQueue } from '../../functions/dev/cloud/queue.ts'
import { publishTo } from '../../functions/dev/cloud/topics.ts'
import { type Bill, type Lambda, startLambda } from '../../test/bundles/lambda.ts'
import { manualClock } from '../../test/fixtures/clock.ts'
import type { Run } from '../bench.ts'
import { median } from '../statistics.ts'
import { type Scene, voter } from './scenes.ts'
import { type Stage, setStage } from './stage.ts'

/** The cost of one invocation, in ms. */
export type Cost = Omit<Bill, 'answer'>

export interface Measured {
  /** From the import of the bundle to the first answer. */
  readonly first: Cost
  readonly warm: Cost
}

/** Rounds after which the hot code is compiled, as in a function that lives for hours. */
const warmUps = 5

const startsOf = ({ short }: Run) => (short ? 3 : 7)
const ticksOf = ({ short }: Run) => (short ? 10 : 25)

/**
 * Measures a bundled function while it plays a scene.
 *
 * @param folder the folder of its bundle.
 * @param trusted a PEM file with the root of the targets' certificates.
 */
export async function measure(scene: Scene, folder: string, trusted: string, run: Run): Promise<Measured> {
  const stage = await setStage(scene.shards)
  const services = await startEndpoint({
    Publish: publishTo(
      () => true,
      () => {},
    ),
    SendMessageBatch: delayQueue(manualClock(0), () => {}).sendBatch,
  })
  const environment = { ...environmentOf(stage, services.url), NODE_EXTRA_CA_CERTS: trusted }
  try {
    const measured = await measureLambda(
      () => startLambda(folder, environment),
      (bill, hurry) => (hurry ? (scene.hurry ?? scene.play) : scene.play)(stage, bill),
      scene.what,
      run,
    )
    await scene.verify?.(stage)
    return measured
  } finally {
    await services.close()
    stage.close()
  }
}

/** Measures an empty handler: the cost of the harness and of Node itself. */
export function measureEmpty(folder: string, run: Run): Promise<Measured> {
  return measureLambda(
    () => startLambda(folder, {}),
    (bill) => bill({}, 0),
    'an empty handler',
    run,
  )
}

async function measureLambda(
  start: () => Promise<Lambda>,
  play: (bill: (event: unknown, aheadMs: number) => Promise<void>, hurry: boolean) => Promise<void>,
  what: string,
  run: Run,
): Promise<Measured> {
  const billsOf = async (lambda: Lambda, hurry: boolean) => {
    const bills: Bill[] = []
    await play(async (event, aheadMs) => {
      const bill = await lambda.bill(event, aheadMs)
      const { batchItemFailures: failed = [] } = (bill.answer ?? {}) as { batchItemFailures?: unknown[] }
      if (failed.length > 0) throw new Error(`${what}: a record of this benchmark failed`)
      bills.push(bill)
    }, hurry)
    return bills
  }
  const first: Cost[] = []
  for (let count = 0; count < startsOf(run); count++) {
    run.progress(`billed: ${what}, start ${count + 1} of ${startsOf(run)}`)
    const lambda = await start()
    try {
      const [{ cpuMs, wallMs } = { cpuMs: 0, wallMs: 0 }] = await billsOf(lambda, false)
      first.push({ cpuMs, wallMs: lambda.initMs + wallMs })
    } finally {
      await lambda.stop()
    }
  }
  const warm: Cost[] = []
  const lambda = await start()
  try {
    for (let count = 0; count < warmUps; count++) await billsOf(lambda, true)
    for (let count = 0; count < ticksOf(run); count++) {
      run.progress(`billed: ${what}, tick ${count + 1} of ${ticksOf(run)}`)
      // The invocations of a tick differ from each other, so their mean is what matters for a bill.
      warm.push(combine(await billsOf(lambda, false), mean))
    }
  } finally {
    await lambda.stop()
  }
  return { first: combine(first, median), warm: combine(warm, median) }
}

function environmentOf(stage: Stage, services: string): Readonly<Record<string, string>> {
  return {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    AWS_ENDPOINT_URL_DYNAMODB: stage.url,
    AWS_ENDPOINT_URL_SNS: services,
    AWS_ENDPOINT_URL_SQS: services,
    UPQUORUM_TABLE: localTable,
    UPQUORUM_HOMES: 'us-east-1',
    UPQUORUM_VOTER: voter,
    UPQUORUM_QUEUE_URL: `${services}/jobs`,
    UPQUORUM_TOPIC_PREFIX: 'arn:aws:sns:us-east-1:000000000000:upquorum-',
    // The targets are on loopback, as with an emulator (`-c emulated=true`).
    UPQUORUM_PRIVATE_ALLOWED: 'true',
  }
}

function combine(costs: readonly Cost[], of: (values: readonly number[]) => number): Cost {
  return { cpuMs: of(costs.map(({ cpuMs }) => cpuMs)), wallMs: of(costs.map(({ wallMs }) => wallMs)) }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
