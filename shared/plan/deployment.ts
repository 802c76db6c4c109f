import type { Config, Contact } from '../config/config.ts'
import { fingerprint } from './fingerprint.ts'
import { secretsOf } from './secrets.ts'

/**
 * The part of a configuration that only a deployment can change: voters, topics and their subscriptions, permissions.
 * It is stored beside the plan, so that a plan that needs more is refused instead of failing silently.
 */
export interface Deployment {
  readonly homes: readonly string[]
  readonly voters: readonly string[]
  /** Runners for which no machine was made; absent if there are none. */
  readonly selfHosted?: readonly string[]
  readonly operators?: string
  /** A fingerprint of each contact's endpoints, because people's addresses are not stored in the table. */
  readonly contacts: Readonly<Record<string, string>>
  /** The references of the secrets that each voter may read. */
  readonly secrets: Readonly<Record<string, readonly string[]>>
}

export async function deploymentOf(config: Config): Promise<Deployment> {
  const selfHosted = config.runners.filter((runner) => runner.selfHosted).map(({ name }) => name)
  const voters = [...config.regions, ...config.runners.map(({ name }) => name)]
  const contacts = await Promise.all(
    config.contacts.map(async (contact) => [contact.name, await fingerprint(endpointsOf(contact))] as const),
  )
  return {
    homes: config.homes,
    voters,
    ...(selfHosted.length === 0 ? {} : { selfHosted }),
    ...(config.operators === undefined ? {} : { operators: config.operators }),
    contacts: Object.fromEntries(contacts),
    secrets: Object.fromEntries(
      voters.map((voter) => [
        voter,
        secretsOf(config.checks, voter)
          .filter(({ store }) => store !== 'env')
          // The permission is for the whole secret, not for one of its keys.
          .map(({ store, name }) => `${store}:${name}`)
          .toSorted(),
      ]),
    ),
  }
}

/** What `wanted` needs and `deployed` lacks, as sentences. */
export function missingFrom(deployed: Deployment, wanted: Deployment): readonly string[] {
  return [
    ...(wanted.homes.join() === deployed.homes.join()
      ? []
      : [`the homes are ${deployed.homes.join(', ')}, not ${wanted.homes.join(', ')}`]),
    ...wanted.voters
      .filter((voter) => !deployed.voters.includes(voter))
      .map((voter) => `the voter ${voter} is not deployed`),
    ...(wanted.selfHosted ?? [])
      .filter((runner) => deployed.voters.includes(runner) && !deployed.selfHosted?.includes(runner))
      .map((runner) => `the runner ${runner} still has a machine`),
    ...(deployed.selfHosted ?? [])
      .filter((runner) => wanted.voters.includes(runner) && !wanted.selfHosted?.includes(runner))
      .map((runner) => `the runner ${runner} has no machine yet`),
    ...(wanted.operators === deployed.operators || wanted.operators === undefined
      ? []
      : [`the deployed alarms do not go to ${wanted.operators}`]),
    ...Object.entries(wanted.contacts).flatMap(([contact, endpoints]) => {
      const known = deployed.contacts[contact]
      if (known === undefined) return [`the contact ${contact} is not deployed`]
      return known === endpoints ? [] : [`the endpoints of the contact ${contact} differ from those deployed`]
    }),
    ...Object.entries(wanted.secrets).flatMap(([voter, secrets]) =>
      deployed.voters.includes(voter)
        ? secrets
            .filter((secret) => !deployed.secrets[voter]?.includes(secret))
            .map((secret) => `${voter} may not read the secret ${secret}`)
        : [],
    ),
  ]
}

function endpointsOf({ email, sms, webhook }: Contact): string {
  return JSON.stringify([email.toSorted(), sms.toSorted(), webhook.toSorted()])
}
