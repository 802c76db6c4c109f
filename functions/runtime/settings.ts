import type { ContactName, VoterName } from '../../shared/check.ts'

// Settings of a deployed function, from its environment. Each reader throws with the name of the missing variable, so
// that a wrongly deployed function fails with it on its first invocation.

/** Time between a tick's last possible answer and its deadline on AWS. */
export const cloudGraceMs = 20_000

/** The voter that this function votes as. */
export const voterName = (): VoterName => required('UPQUORUM_VOTER') as VoterName

/** The table's name, the same in every home. */
export const tableName = (): string => required('UPQUORUM_TABLE')

/** The regions of the homes; every ballot goes to each of them. */
export const homeRegions = (): readonly string[] => required('UPQUORUM_HOMES').split(',')

/** The URL of the queue that holds the region's jobs until their ticks. */
export const queueUrl = (): string => required('UPQUORUM_QUEUE_URL')

/** The ARN of a contact's topic: a common prefix followed by the contact's name. */
export function topicArn(contact: ContactName): string {
  return `${required('UPQUORUM_TOPIC_PREFIX')}${contact}`
}

/** The CloudWatch log group of a runner; undefined if none was deployed. */
export const logGroup = (): string | undefined => process.env.UPQUORUM_LOG_GROUP

/**
 * Whether this voter honors `allow_private`. Never true on AWS: only stacks deployed to a local emulator
 * (`-c emulated=true`) set it.
 */
export const privateAllowed = (): boolean => process.env.UPQUORUM_PRIVATE_ALLOWED === 'true'

function required(name: string): string {
  const value = process.env[name]
  if (value === undefined || value === '') throw new Error(`the environment variable ${name} is not set`)
  return value
}
