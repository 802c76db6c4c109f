/** Statistics of several round-trip times, in microseconds. */
export interface RoundTrips {
  readonly minUs: number
  readonly meanUs: number
  readonly maxUs: number
  /** The mean absolute difference between consecutive times (the variation of RFC 3393). */
  readonly jitterUs: number
}

/** @param rttsUs at least one, in the order of sending. */
export function roundTripsOf(rttsUs: readonly number[]): RoundTrips {
  const differences = rttsUs.slice(1).map((rtt, index) => Math.abs(rtt - rttsUs[index]!))
  return {
    minUs: Math.min(...rttsUs),
    meanUs: mean(rttsUs),
    maxUs: Math.max(...rttsUs),
    jitterUs: differences.length === 0 ? 0 : mean(differences),
  }
}

/** `min 0.21, mean 0.25, max 0.31, jitter 0.04 ms`. */
export function describeRoundTrips({ minUs, meanUs, maxUs, jitterUs }: RoundTrips): string {
  const [min, mean, max, jitter] = [minUs, meanUs, maxUs, jitterUs].map((us) => (us / 1000).toPrecision(3))
  return `min ${min}, mean ${mean}, max ${max}, jitter ${jitter} ms`
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length
}
