import { deepEqual, equal, match } from 'node:assert/strict'
import type { Store } from '../../shared/store/store.ts'
import { overfullConfiguration, secondConfiguration } from './configurations.ts'
import type { Project } from './project.ts'
import { step } from './story.ts'

type Ports = Parameters<typeof secondConfiguration>[0]

/** Plans that must be refused, each at the earliest possible step; the table stays unchanged. */
export async function refuseBadPlans(project: Project, store: Store, ports: Ports): Promise<void> {
  const before = await store.currentPlan()
  const good = secondConfiguration(ports)

  project.configure(good.replace('timeout: 4s', 'timeout: 3s'))
  const dry = await project.upquorum('apply', '--dry-run')
  match(dry.stdout, /would be in effect from .*\n( {2}changed {2}[\w-]+: timeout\n)+$/)
  deepEqual(await store.currentPlan(), before)
  step('apply --dry-run says what would change, and changes nothing')

  project.configure(good.replace('interval: 10s', 'interval: 7s'))
  const [unappliable, undeployable] = [await project.upquorum('apply'), await project.tryCdk('deploy')]
  for (const { code, stderr } of [unappliable, undeployable]) {
    equal(code, 1)
    match(stderr, /defaults\.interval: is 7s, must be 10s, 15s/)
  }
  step('a configuration with a mistake: refused by apply, and by deploy before anything is changed')

  project.configure(good.replace('ops@example.com', 'other@example.com'))
  const undeployed = await project.upquorum('apply')
  equal(undeployed.code, 1)
  match(undeployed.stderr, /the endpoints of the contact ops differ from those deployed/)
  step('another address of a contact: refused by apply, since only a deployment brings it')

  project.configure(overfullConfiguration(ports))
  const overfull = /shard 86400s-\w+-1 takes \d+ bytes, at most 204800 are allowed: shorten its checks/
  match((await project.upquorum('apply')).stderr, overfull)
  // CloudFormation rolls a failed update back. The emulator deletes the resources instead, including the table; with
  // --no-rollback both leave everything unchanged.
  const refused = await project.tryCdk('deploy', '--method=direct', '--no-rollback')
  equal(refused.code, 1)
  match(`${refused.stdout}${refused.stderr}`, overfull)
  deepEqual(await store.currentPlan(), before)
  step(
    'a plan that only the table in force shows to be too large: refused by the function, which fails the deployment',
  )
}
