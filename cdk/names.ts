import type { ContactName } from '../shared/check.ts'

// Physical names are fixed, because CloudFormation has no cross-region references: a stack names the resources of
// another region's stack by these names.

/** The name of the table in every home. */
export const tableName = 'upquorum'

/** The name of the queue that holds a region's jobs until their ticks. */
export const jobQueueName = 'upquorum-jobs'

/** Every function, by the file under `functions/` that holds its handler. */
export type FunctionFile = 'schedule' | 'probe' | 'quorum' | 'notify' | 'sweep' | 'apply' | 'audit'

export const functionName = (file: FunctionFile) => `upquorum-${file}`

/** A contact's topic name is this prefix followed by the contact's name. */
export const topicPrefix = 'upquorum-'

export const topicName = (contact: ContactName) => `${topicPrefix}${contact}`

export const homeStackName = (region: string) => `upquorum-home-${region}`
export const probeStackName = (region: string) => `upquorum-probe-${region}`
export const runnerStackName = (region: string) => `upquorum-runners-${region}`
