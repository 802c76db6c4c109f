import { type Clock, sleep } from '../../shared/clock.ts'

const attempts = 3
const pauseMs = 1_000

export interface AnswerOptions {
  readonly clock: Clock
  /** How long one attempt may take; 5 s when absent. */
  readonly attemptMs?: number
}

/**
 * Answers CloudFormation at the address that it gave for a custom resource. Nobody would repeat an answer that is
 * lost: CloudFormation would wait for it and then take back what was done.
 *
 * @throws when no attempt was taken, with the reason of the last.
 */
export async function answerCloudFormation(
  url: string,
  body: string,
  { clock, attemptMs = 5_000 }: AnswerOptions,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const refusal = await put(url, body, attemptMs)
    if (refusal === undefined) return
    if (attempt === attempts) throw new Error(`CloudFormation did not take the answer: ${refusal}`)
    await sleep(clock, pauseMs)
  }
}

/** Returns why it was not taken, if it was not. */
async function put(url: string, body: string, timeoutMs: number): Promise<string | undefined> {
  try {
    const response = await fetch(url, {
      method: 'PUT',
      body,
      // The address is signed for a request without a content type.
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
