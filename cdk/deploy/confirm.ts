import { createInterface } from 'node:readline/promises'

/** Asks whoever sits at the terminal; the text that was typed, without blanks around it. */
export type Confirm = (question: string) => Promise<string>

/** Undefined where nobody can answer: stdin or stderr is no terminal. */
export function terminalConfirm(): Confirm | undefined {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return
  return async (question) => {
    const terminal = createInterface({ input: process.stdin, output: process.stderr })
    try {
      // The end of the input is no consent.
      const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')))
      return (await Promise.race([terminal.question(question), closed])).trim()
    } finally {
      terminal.close()
    }
  }
}
