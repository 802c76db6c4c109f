import type { Config } from '../config/config.ts'
import { type Applied, applyPlan } from './apply.ts'
import { deploymentOf } from './deployment.ts'
import type { PlanStore } from './plan-store.ts'
import { holdsFrom } from './schedule.ts'

/**
 * What a deployment does with its configuration in one home: makes it the plan from the next whole minute that is at
 * least the lead away, then notes what was deployed.
 *
 * @throws as `applyPlan` does; the plan in force stays.
 */
export async function applyDeployed(store: PlanStore, config: Config, nowSeconds: number): Promise<Applied> {
  const applied = await applyPlan(store, config, holdsFrom(nowSeconds), nowSeconds)
  await store.putDeployment(await deploymentOf(config))
  return applied
}
