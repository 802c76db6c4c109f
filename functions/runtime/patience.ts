const attempts = 3
const attemptMs = 3_000

/** What one call may take at most: its attempts, and a second for the pauses between them. */
export const longestCallMs = attempts * attemptMs + 1_000

/**
 * How a function calls AWS. The SDK by itself waits for an answer for ever. A service that throttles is asked
 * more slowly by all that this process asks of it; retries are paid for out of the SDK's bucket of tokens, so
 * that an outage ends them. A ballot whose write begins when it still counts arrives before its tick's deadline,
 * unless a throttled process slows itself down just then; what comes of that stands at `freshUntilMs`.
 *
 * @param region this function's own when absent.
 */
export function patiently(region?: string) {
  return {
    ...(region === undefined ? {} : { region }),
    maxAttempts: attempts,
    retryMode: 'adaptive',
    requestHandler: { connectionTimeout: 2_000, requestTimeout: attemptMs, throwOnRequestTimeout: true },
  }
}

/**
 * The same for a runner, with the same bound. A home that does not answer within this is unreachable: the spool
 * holds its ballots and asks again, so two attempts are enough.
 */
export const runnerPatience = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 4_000, throwOnRequestTimeout: true },
}
