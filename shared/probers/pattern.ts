import { type Context, createContext, Script } from 'node:vm'

/** Timeout of a match: enough for any sane pattern over 1 MiB, and short beside the tick that others wait for. */
const limitMs = 250

let context: Context | undefined
const match = new Script('pattern.test(text)')

/**
 * Whether `pattern` (JavaScript's syntax, flag `u`) matches somewhere in `text`.
 *
 * The text is untrusted and backtracking can take exponential time, so the match runs under the watchdog of `node:vm`,
 * which can interrupt a regular expression; that costs about 0.2 ms. The context is not a sandbox for code: only the
 * match runs in it.
 *
 * Throws if the match takes too long: the fault is then our pattern's, so the voter abstains.
 */
export function matches(pattern: string, text: string): boolean {
  context ??= createContext({ __proto__: null })
  context.pattern = compile(pattern)
  context.text = text
  try {
    return match.runInContext(context, { timeout: limitMs }) as boolean
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    throw new Error(
      `the pattern /${pattern.slice(0, 60)}/ took longer than ${limitMs} ms to match; write a simpler one`,
    )
  } finally {
    context.text = undefined
  }
}

/** Cache of compiled patterns: a plan has a few hundred at most, but a long-lived runner sees several plans. */
const compiled = new Map<string, RegExp>()
const maxCompiled = 1000

function compile(pattern: string): RegExp {
  const known = compiled.get(pattern)
  if (known !== undefined) return known
  if (compiled.size >= maxCompiled) compiled.clear()
  const regex = new RegExp(pattern, 'u')
  compiled.set(pattern, regex)
  return regex
}
