import { systemClock as clock } from '../clock.ts'

/** On a terminal, below the lines of a long list, how many are done. */
export function showProgress(total: number) {
  const shown = process.stderr.isTTY === true && total > 100
  let done = 0
  let shownMs = 0
  return {
    clear() {
      if (shownMs > 0) process.stderr.write('\r\u001b[K')
    },
    step() {
      done++
      if (!shown || (shownMs > 0 && clock.monotonic() - shownMs < 200)) return
      shownMs = clock.monotonic()
      process.stderr.write(`${done} of ${total}`)
    },
  }
}
