import { systemClock as clock } from '../runtime/clock.ts'

const everyMs = 100
const clearLine = '\r\u001b[K'

/** Lines on stdout and, on a terminal, below those of a long list how many there are. */
export function showProgress(total: number) {
  const shown = process.stderr.isTTY === true && total > 100
  /** Where the lines go elsewhere, nothing disturbs what is shown. */
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
