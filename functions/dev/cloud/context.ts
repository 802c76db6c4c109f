import type { Context } from 'aws-lambda'

/** The parts of the Lambda context that our handlers read. The remaining time is constant, so none runs out locally. */
export const localContext = { getRemainingTimeInMillis: () => 90_000, awsRequestId: 'local' } as Context
