import { setTimeout as sleep } from 'node:timers/promises'
import { styleText } from 'node:util'

const startMs = Date.now()
/** Below this nobody wonders what is going on. */
const silenceSeconds = 5

/** What comes is about this. */
export function chapter(text: string): void {
  console.log(`\n${styleText('bold', `— ${text}`)}`)
}

/** One line about what was seen, with the seconds since the beginning. */
export function step(text: string): void {
  const seconds = ((Date.now() - startMs) / 1000).toFixed(0).padStart(4)
  console.log(`${styleText('dim', `${seconds} s`)}  ${text}`)
}

/** Waits for a moment; `what` is what happens then. */
export async function until(epochSeconds: number, what: string): Promise<void> {
  const seconds = Math.ceil(epochSeconds - Date.now() / 1000)
  if (seconds > silenceSeconds)
    step(styleText('dim', `in ${seconds} s, at ${clockTime(epochSeconds)}: ${what}`))
  await sleep(Math.max(0, epochSeconds * 1000 - Date.now()))
}

export function clockTime(epochSeconds: number): string {
  return new Date(epochSeconds * 1000).toISOString().slice(11, 19)
}
