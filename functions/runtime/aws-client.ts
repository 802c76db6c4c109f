const lambdaAttempts = 3
const lambdaAttemptMs = 3_000

/** The longest that one AWS call of a function takes, ms: its attempts, and a second for the pauses between them. */
export const longestCallMs = lambdaAttempts * lambdaAttemptMs + 1_000

/**
 * How a function calls AWS: the SDK's own default has no response timeout. `adaptive` slows this process down while a
 * service throttles it; retries are paid for from the SDK's token bucket, so that an outage ends them. A ballot whose
 * write begins while it still counts arrives before its tick's deadline, except in a process that is slowing itself
 * down just then (see `freshUntilMs`).
 *
 * @param region this function's own when absent.
 */
export function lambdaClientConfig(region?: string) {
  return {
    ...(region === undefined ? {} : { region }),
    maxAttempts: lambdaAttempts,
    retryMode: 'adaptive',
    requestHandler: {
      connectionTimeout: 2_000,
      requestTimeout: lambdaAttemptMs,
      throwOnRequestTimeout: true,
    },
  }
}

/**
 * How a runner calls AWS, within the same `longestCallMs`. A home that does not answer in that time is unreachable: the
 * spool keeps its ballots and tries again, so two attempts are enough.
 */
export const runnerClientConfig = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 4_000, throwOnRequestTimeout: true },
}

/** How long a command waits for one answer, ms. */
export const cliTimeoutMs = 5_000

/** How a command calls AWS: somebody is waiting, so silence is an error within seconds. */
export function cliClientConfig(region: string) {
  return {
    region,
    maxAttempts: 2,
    requestHandler: {
      connectionTimeout: cliTimeoutMs,
      requestTimeout: cliTimeoutMs,
      throwOnRequestTimeout: true,
      // HTTPS_PROXY and NO_PROXY, from Node 24.5 on.
      httpsAgent: { proxyEnv: process.env },
    },
  }
}
