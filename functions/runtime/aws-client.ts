const lambdaAttempts = 3
const lambdaAttemptMs = 3_000

/** Longest time one AWS call of a function may take, in ms: its attempts plus a second for the pauses between them. */
export const longestCallMs = lambdaAttempts * lambdaAttemptMs + 1_000

/**
 * The client settings of a function; the SDK's defaults have no response timeout. `adaptive` slows the process down
 * while a service throttles it, and the SDK's token bucket ends retries during an outage. A ballot whose write starts
 * while it still counts arrives before its tick's deadline, unless this process is throttling itself at that moment
 * (see `freshUntilMs`).
 *
 * @param region defaults to the function's own region.
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
 * The client settings of a runner, within the same `longestCallMs`. Two attempts are enough: the spool keeps the
 * ballots of an unreachable home and tries again.
 */
export const runnerClientConfig = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 4_000, throwOnRequestTimeout: true },
}

/** Response timeout of one attempt of a command, in ms. */
export const cliTimeoutMs = 5_000

/** The client settings of a command. Someone is waiting, so silence becomes an error within seconds. */
export function cliClientConfig(region: string) {
  return {
    region,
    maxAttempts: 2,
    requestHandler: {
      connectionTimeout: cliTimeoutMs,
      requestTimeout: cliTimeoutMs,
      throwOnRequestTimeout: true,
      // Honors HTTPS_PROXY and NO_PROXY, since Node 24.5.
      httpsAgent: { proxyEnv: process.env },
    },
  }
}
