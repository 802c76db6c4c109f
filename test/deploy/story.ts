import { setTimeout as sleep } from 'node:timers/promises'
import { styleText } from 'node:util'

const startMs = Date.now()
/** Waits shorter than this are not announced. */
const silenceSeconds = 5

/** Prints the heading of the next part. */
export function chapter(text: string): void {
  console.log(`\n${styleText('bold', `— ${text}`)}`)
}

/** Prints one line about a result, with the seconds since the start. */
export function step(text: string): void {
  const seconds = ((Date.now() - startMs) / 1000).toFixed(0).padStart(4)
  console.log(`${styleText('dim', `${seconds} s`)}  ${text}`)
}

/** Waits until a point in time; `what` says what happens then. */
export async function until(epochSeconds: number, what: string): Promise<void> {
  const seconds = Math.ceil(epochSeconds - Date.now() / 1000)
  if (seconds > silenceSeconds)
    step(styleText('dim', `in ${seconds} s, at ${clockTime(epochSeconds)}: ${what}`))
  await sleep(Math.max(0, epochSeconds * 1000 - Date.now()))
}

export function clockTime(epochSeconds: number): string {
  return new Date(epochSeconds * 1000).toISOString().slice(11, 19)
}
