import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { CloudFormationCustomResourceEvent } from 'aws-lambda'
import type { Clock } from '../shared/clock.ts'
import type { Config } from '../shared/config/config.ts'
import { applyDeployed } from '../shared/plan/apply-deployed.ts'
import type { PlanStore } from '../shared/plan/plan-store.ts'
import { systemClock } from './runtime/clock.ts'
import { answerCloudFormation } from './runtime/cloudformation.ts'
import { homeStore } from './runtime/home.ts'
import { type Invocable, invocable, lazily } from './runtime/invocation.ts'
import { type Log, lambdaLog } from './runtime/log.ts'
import { tableName } from './runtime/settings.ts'

export interface ApplyDependencies {
  readonly store: PlanStore
  readonly clock: Clock
  /** The text of the configuration that was deployed with this function. */
  configuration(): Promise<string>
  /** Sends the response to the URL that CloudFormation passed in the event. */
  answer(url: string, body: string): Promise<void>
  readonly log: Log
}

/**
 * The CloudFormation custom resource. On create and on every update it makes the configuration shipped with this
 * function the plan. A failure is reported, so that CloudFormation rolls back instead of waiting; the current plan
 * stays in force. Deleting the resource leaves the table unchanged.
 *
 * Each home has its own stack and reads only its own table, so each home's plan takes effect three minutes after its
 * own stack gets here. Voters follow the plan of one home. Until the other stacks catch up, their homes count every
 * ballot as an abstention, change no status and, after three ticks, tell the operators that they are blind.
 */
export function createApply(
  dependencies: ApplyDependencies,
): Invocable<CloudFormationCustomResourceEvent, void> {
  const { log, answer } = dependencies
  return invocable(log, async (event) => {
    const outcome = await outcomeOf(event, dependencies)
    const { StackId, RequestId, LogicalResourceId } = event
    await answer(
      event.ResponseURL,
      JSON.stringify({ StackId, RequestId, LogicalResourceId, PhysicalResourceId: 'plan', ...outcome }),
    )
  })
}

type Outcome =
  | { readonly Status: 'SUCCESS'; readonly Data?: Readonly<Record<string, string>> }
  | { readonly Status: 'FAILED'; readonly Reason: string }

/** In characters. CloudFormation rejects responses larger than 4 KB. */
const maxReasonLength = 1000

async function outcomeOf(
  event: CloudFormationCustomResourceEvent,
  { store, clock, configuration, log }: ApplyDependencies,
): Promise<Outcome> {
  if (event.RequestType === 'Delete') return { Status: 'SUCCESS' }
  try {
    const text = await configuration()
    const hash = createHash('sha256').update(text).digest('hex')
    if (hash !== event.ResourceProperties.Configuration)
      throw new Error("the function's configuration differs from the stack's; deploy again")
    const config = JSON.parse(text) as Config
    const { plan, from, changed } = await applyDeployed(store, config, clock.now() / 1000)
    log.info('the plan was written to the table', { version: plan.index.version, from, changed })
    return {
      Status: 'SUCCESS',
      Data: { Version: plan.index.version, From: new Date(from * 1000).toISOString() },
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    log.error('the plan was refused; the current plan stays in force', { error: reason })
    return { Status: 'FAILED', Reason: reason.slice(0, maxReasonLength) }
  }
}

export const handler = lazily(() =>
  createApply({
    store: homeStore(tableName()),
    clock: systemClock,
    configuration: () => readFile(new URL('./configuration.json', import.meta.url), 'utf8'),
    answer: (url, body) => answerCloudFormation(url, body, { clock: systemClock }),
    log: lambdaLog('apply'),
  }),
)
