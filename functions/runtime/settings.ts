import type { ContactName, VoterName } from '../../shared/check.ts'

// What a deployed function is told by its environment. Each reader throws with the name of what is missing,
// so that a function that is deployed wrongly says so at its first invocation.

/** Between a tick's last possible answer and its deadline, on AWS. */
export const cloudGraceMs = 20_000

/** Who this function votes as. */
export const voterName = (): VoterName => required('UPQUORUM_VOTER') as VoterName

/** The name of the table of this function's own region. */
export const tableName = (): string => required('UPQUORUM_TABLE')

/** The homes that get every ballot: their regions, each with a table of the same name. */
export const homeRegions = (): readonly string[] => required('UPQUORUM_HOMES').split(',')

/** The queue that holds the region's jobs until their ticks. */
export const queueUrl = (): string => required('UPQUORUM_QUEUE_URL')

/** A contact's topic has the contact's name behind this prefix. */
export function topicArn(contact: ContactName): string {
  return `${required('UPQUORUM_TOPIC_PREFIX')}${contact}`
}

/** The log group that a runner's log goes to; undefined where nobody made one. */
export const logGroup = (): string | undefined => process.env.UPQUORUM_LOG_GROUP

/**
 * Whether this voter honours `allow_private`. Never in the cloud: only stacks that are made for an emulator on
 * one machine (`-c emulated=true`) set it.
 */
export const privateAllowed = (): boolean => process.env.UPQUORUM_PRIVATE_ALLOWED === 'true'

function required(name: string): string {
  const value = process.env[name]
  if (value === undefined || value === '') throw new Error(`the environment lacks ${name}`)
  return value
}
