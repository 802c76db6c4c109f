import { styleText } from 'node:util'

const startMs = Date.now()

/** One line about what happens, with the seconds since the beginning. */
export function step(text: string): void {
  const seconds = ((Date.now() - startMs) / 1000).toFixed(0).padStart(4)
  console.log(`${styleText('dim', `${seconds} s`)}  ${text}`)
}
