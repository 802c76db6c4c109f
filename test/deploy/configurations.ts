export const voters = ['us-east-1', 'eu-west-1'] as const
export const home = voters[0]
export const intervalSeconds = 10
export const delayTicks = 2

/** Checks with one region as their only voter. The first request of each region tells when it began a tick. */
const watchersPerRegion = 10

interface Ports {
  readonly target: number
  readonly webhooks: number
}

/** The first deployment. */
export function firstConfiguration(ports: Ports): string {
  return configuration(ports, [watchers(ports), crowd(ports, inOrder, () => 1)])
}

/** The second deployment: another check in the first one's shard, and another timeout. */
export function secondConfiguration(ports: Ports): string {
  const shop = `  - { name: shop, http: { url: 'http://127.0.0.1:${ports.target}/shop' }, alerts: [ops, hook], allow_private: true }`
  return `${firstConfiguration(ports)}${shop}\n`.replace('timeout: 5s', 'timeout: 4s')
}

/**
 * A configuration that `validate` and the synth accept and that only fails against the plan in force. Shards are filled
 * in the order of the file, which would put the giant alone into the second one. A running plan moves no check, so
 * there it is among the first two hundred, whose document has no room for it.
 */
export function overfullConfiguration(ports: Ports): string {
  const order = [crowdSize - 1, ...inOrder.slice(0, -1)]
  const giant = crowdSize - 2
  return configuration(ports, [
    watchers(ports),
    crowd(ports, order, (member) => (member === giant ? 60_000 : member > giant ? 1 : 500)),
  ])
}

/** One more check than fits in a shard. */
const crowdSize = 201
const inOrder = Array.from({ length: crowdSize }, (_, member) => member)

function configuration({ target, webhooks }: Ports, checks: readonly string[]): string {
  return `
regions: [${voters.join(', ')}]
defaults: { interval: ${intervalSeconds}s, timeout: 5s, confirmations: 2, delay: ${delayTicks} }
operators: ops
contacts:
  ops: { webhook: 'http://127.0.0.1:${webhooks}/subscribed-by-the-stack', email: ops@example.com }
  hook: { webhook: 'http://127.0.0.1:${webhooks}/subscribed-by-the-stack' }
checks:
  - { name: web, http: { url: 'http://127.0.0.1:${target}/' }, alerts: [ops, hook], allow_private: true }
${checks.join('\n')}
`
}

function watchers({ target }: Ports): string {
  return voters
    .flatMap((voter) =>
      Array.from(
        { length: watchersPerRegion },
        (_, index) =>
          `  - { name: ${voter}-${index}, http: { url: 'http://127.0.0.1:${target}/${voter}' }, from: ${voter}, confirmations: 1, allow_private: true }`,
      ),
    )
    .join('\n')
}

/** Checks due only at midnight, enough to fill one shard and start another. */
function crowd({ target }: Ports, order: readonly number[], bytesOf: (member: number) => number): string {
  return order
    .map(
      (member) =>
        `  - { name: crowd-${member}, http: { url: 'http://127.0.0.1:${target}/crowd', method: POST, body: ${'x'.repeat(bytesOf(member))} }, from: ${home}, confirmations: 1, interval: 1d, allow_private: true }`,
    )
    .join('\n')
}
