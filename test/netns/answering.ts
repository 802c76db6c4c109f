import { createInterface } from 'node:readline'

/** Answers each JSON line on stdin with one on stdout, until stdin ends. */
export async function answerEach(answer: (question: never) => Promise<unknown>): Promise<void> {
  console.log('"ready"')
  for await (const line of createInterface({ input: process.stdin })) {
    console.log(JSON.stringify((await answer(JSON.parse(line) as never)) ?? null))
  }
}
