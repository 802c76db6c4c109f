import { systemClock as clock } from '../runtime/clock.ts'

/** Minimum time between two updates of the count where stdout is redirected. */
const everyMs = 100
const clearLine = '\r\u001b[K'

/** Prints result lines on stdout and, for a list of over 100 services on a terminal, their count below them. */
export function showProgress(total: number) {
  const shown = process.stderr.isTTY === true && total > 100
  /** Result lines share the terminal with the count, so the count is cleared before each and redrawn after it. */
  const isBelowLines = process.stdout.isTTY === true
  let told = 0
  let shownMs = Number.NEGATIVE_INFINITY

  return {
    told: () => told,
    tell(line: string) {
      told++
      if (shown && isBelowLines) process.stderr.write(clearLine)
      console.log(line)
      if (!shown || (!isBelowLines && clock.monotonic() - shownMs < everyMs)) return
      shownMs = clock.monotonic()
      process.stderr.write(`${isBelowLines ? '' : clearLine}${told} of ${total}`)
    },
    end() {
      if (shown) process.stderr.write(clearLine)
    },
  }
}
