import { escapeControls } from '../../text/escape.ts'
import { type Diagnostic, formatPath, type Path } from './diagnostic.ts'
import type { SourceDocument } from './document.ts'

/** A position in the file: the offset in the text and the path in the document. */
export interface SourcePosition {
  readonly offset: number
  readonly path: Path
}

/** Extra properties of a warning. */
type Mark = Pick<Diagnostic, 'localOnly'>

export interface Diagnostics {
  readonly errors: readonly Diagnostic[]
  readonly warnings: readonly Diagnostic[]
  /** Placeholder addresses of contacts. Only a deployment refuses them. */
  readonly placeholders: readonly Diagnostic[]
}

/** Collects diagnostics in any order. */
export interface Report {
  error(position: SourcePosition, message: string): void
  warn(position: SourcePosition, message: string, mark?: Mark): void
  /** Reports what would be a mistake to deploy: only a deployment shows and refuses it. */
  placeholder(position: SourcePosition, message: string): void
  /** The line of a position, for messages that point to a second one. */
  line(position: SourcePosition): number
  hasErrors(): boolean
  /** In the order of the file; the same message at the same position (through an alias) appears once. */
  diagnostics(): Diagnostics
}

export function createReport(file: string, document: Pick<SourceDocument, 'position'>): Report {
  interface Remark extends SourcePosition, Mark {
    readonly message: string
  }
  const errors = new Map<string, Remark>()
  const warnings = new Map<string, Remark>()
  const placeholders = new Map<string, Remark>()

  function add(to: Map<string, Remark>, { offset, path }: SourcePosition, message: string, mark: Mark = {}) {
    const key = `${offset} ${message}`
    if (!to.has(key)) to.set(key, { offset, path, message, ...mark })
  }

  function inOrder(remarks: Map<string, Remark>): readonly Diagnostic[] {
    return [...remarks.values()]
      .sort((one, other) => one.offset - other.offset)
      .map(({ offset, path, message, ...mark }) => ({
        file,
        ...document.position(offset),
        path: escapeControls(formatPath(path)),
        message: escapeControls(message),
        ...mark,
      }))
  }

  return {
    error: (position, message) => add(errors, position, message),
    warn: (position, message, mark) => add(warnings, position, message, mark),
    placeholder: (position, message) => add(placeholders, position, message),
    line: (position) => document.position(position.offset).line,
    hasErrors: () => errors.size > 0,
    diagnostics: () => ({
      errors: inOrder(errors),
      warnings: inOrder(warnings),
      placeholders: inOrder(placeholders),
    }),
  }
}
