import type { ContactName } from '../shared/check.ts'

// Physical names are fixed, so that a stack in one region can name what another region's holds without a
// reference between them: AWS has none across regions.

/** The name of the table in every home. */
export const tableName = 'upquorum'

/** The queue that holds a region's jobs until their ticks. */
export const jobQueueName = 'upquorum-jobs'

/** Every function, by the file under `functions/` that holds its handler. */
export type FunctionFile = 'schedule' | 'probe' | 'quorum' | 'notify' | 'sweep' | 'apply' | 'audit'

export const functionName = (file: FunctionFile) => `upquorum-${file}`

/** A contact's topic is this and the contact's name. */
export const topicPrefix = 'upquorum-'

export const topicName = (contact: ContactName) => `${topicPrefix}${contact}`

export const homeStackName = (region: string) => `upquorum-home-${region}`
export const probeStackName = (region: string) => `upquorum-probe-${region}`
export const runnerStackName = (region: string) => `upquorum-runners-${region}`
