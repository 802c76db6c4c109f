/** How long a command waits for one answer. */
export const patienceMs = 5_000

/** How a command calls AWS: somebody sits there and waits, so silence is told within seconds. */
export function impatiently(region: string) {
  return {
    region,
    maxAttempts: 2,
    requestHandler: {
      connectionTimeout: patienceMs,
      requestTimeout: patienceMs,
      throwOnRequestTimeout: true,
      // HTTPS_PROXY and NO_PROXY, from Node 24.5 on.
      httpsAgent: { proxyEnv: process.env },
    },
  }
}
