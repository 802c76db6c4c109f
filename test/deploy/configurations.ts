export const voters = ['us-east-1', 'eu-west-1'] as const
export const intervalSeconds = 10
export const delayTicks = 2

/** Of each region alone, so that the target can tell who asks: the first of them says when a tick began. */
const watchersPerRegion = 10

interface Ports {
  readonly target: number
  readonly webhooks: number
}

/** What is deployed first. */
export function firstConfiguration(ports: Ports): string {
  const url = `http://127.0.0.1:${ports.target}`
  const watchers = voters.flatMap((voter) =>
    Array.from(
      { length: watchersPerRegion },
      (_, index) =>
        `  - { name: ${voter}-${index}, http: { url: '${url}/${voter}' }, from: ${voter}, confirmations: 1, allow_private: true }`,
    ),
  )
  return `
regions: [${voters.join(', ')}]
defaults: { interval: ${intervalSeconds}s, timeout: 5s, confirmations: 2, delay: ${delayTicks} }
operators: ops
contacts:
  ops: { webhook: 'http://127.0.0.1:${ports.webhooks}/subscribed-by-the-stack', email: ops@example.com }
  hook: { webhook: 'http://127.0.0.1:${ports.webhooks}/subscribed-by-the-stack' }
checks:
  - { name: web, http: { url: '${url}/' }, alerts: [ops, hook], allow_private: true }
${watchers.join('\n')}
`
}

/** What is deployed over it: another check beside the first in its shard, and another timeout. */
export function secondConfiguration(ports: Ports): string {
  return `${firstConfiguration(ports).replace('timeout: 5s', 'timeout: 4s')}
  - { name: shop, http: { url: 'http://127.0.0.1:${ports.target}/shop' }, alerts: [ops, hook], allow_private: true }
`
}
