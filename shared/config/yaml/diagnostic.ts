import { quoteText } from '../../text/escape.ts'

/** One thing to change in a configuration file. */
export interface Diagnostic {
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 code units, as editors count. */
  readonly column: number
  /** The path in the document, such as `checks[0].http.url`; empty for the whole document. */
  readonly path: string
  /** Completes the sentence that starts with the path: what is wrong, then what is allowed. */
  readonly message: string
  /** Only for warnings: it may work on this machine, but a deployment refuses it. */
  readonly localOnly?: true
}

/** A path into a document: keys of mappings and positions in lists. */
export type Path = readonly (string | number)[]

/** `file:line:column path: message`, the form that editors and terminals turn into a link. */
export function formatDiagnostic({ file, line, column, path, message }: Diagnostic): string {
  return `${file}:${line}:${column}${path === '' ? '' : ` ${path}`}: ${message}`
}

/** Like `formatDiagnostic`, marked as a warning. */
export function formatWarning(warning: Diagnostic): string {
  return formatDiagnostic({ ...warning, message: `warning: ${warning.message}` })
}

/** `checks[0].http.headers["x y"]`; long keys are cut, control characters escaped. */
export function formatPath(path: Path): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else if (/^[\w-]{1,64}$/.test(step)) text += text === '' ? step : `.${step}`
    else text += `[${quoteText(step)}]`
  }
  return text
}
