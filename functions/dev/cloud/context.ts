import type { Context } from 'aws-lambda'

/** What AWS tells a function about its invocation, as far as one of ours asks: nobody runs out of time here. */
export const localContext = { getRemainingTimeInMillis: () => 90_000, awsRequestId: 'local' } as Context
