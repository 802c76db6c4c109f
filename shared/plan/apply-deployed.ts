import type { Config } from '../config/config.ts'
import { type Applied, applyPlan } from './apply.ts'
import { deploymentOf } from './deployment.ts'
import type { PlanStore } from './plan-store.ts'
import { holdsFrom } from './schedule.ts'

/**
 * Applies a deployment's configuration in one home: it becomes the plan from the first whole minute after the lead,
 * and what was deployed is recorded.
 *
 * @throws as `applyPlan` does; the plan in force stays.
 */
export async function applyDeployed(store: PlanStore, config: Config, nowSeconds: number): Promise<Applied> {
  const applied = await applyPlan(store, config, holdsFrom(nowSeconds), nowSeconds)
  await store.putDeployment(await deploymentOf(config))
  return applied
}
