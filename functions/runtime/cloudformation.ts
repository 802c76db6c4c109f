import { type Clock, sleep } from '../../shared/clock.ts'

const attempts = 3
const pauseMs = 1_000

export interface AnswerOptions {
  readonly clock: Clock
  /** Timeout of one attempt; 5 s by default. */
  readonly attemptMs?: number
}

/**
 * Sends a custom resource's response to the URL that CloudFormation provided. It is retried here because a lost
 * response makes CloudFormation wait until its timeout and then roll back.
 *
 * @throws when every attempt failed, with the reason of the last one.
 */
export async function answerCloudFormation(
  url: string,
  body: string,
  { clock, attemptMs = 5_000 }: AnswerOptions,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const refusal = await put(url, body, attemptMs)
    if (refusal === undefined) return
    if (attempt === attempts) throw new Error(`CloudFormation did not accept the response: ${refusal}`)
    await sleep(clock, pauseMs)
  }
}

/** Returns undefined on success, otherwise the reason of the failure. */
async function put(url: string, body: string, timeoutMs: number): Promise<string | undefined> {
  try {
    const response = await fetch(url, {
      method: 'PUT',
      body,
      // The presigned URL is only valid for a request without a content type.
      headers: { 'content-type': '' },
      signal: AbortSignal.timeout(timeoutMs),
    })
    return response.ok ? undefined : String(response.status)
  } catch (error) {
    const { name, message, cause } = error as Error
    if (name === 'TimeoutError') return `no answer within ${timeoutMs} ms`
    return cause instanceof Error ? cause.message : message
  }
}
