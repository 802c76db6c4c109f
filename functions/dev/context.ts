import type { Context } from 'aws-lambda'

/** What AWS tells a function about its invocation, as far as one of ours could ask. */
export const localContext = { getRemainingTimeInMillis: () => 60_000, awsRequestId: 'local' } as Context
