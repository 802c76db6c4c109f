/** A ballot keeps at most this much of why a vote was not online (DESIGN, the table). */
const maxDetailBytes = 120

/** `text` in at most `maxBytes` of UTF-8, cut between code points, an ellipsis showing that it was cut. */
export function cut(text: string, maxBytes = maxDetailBytes): string {
  if (Buffer.byteLength(text) <= maxBytes) return text
  let bytes = Buffer.byteLength('…')
  let end = 0
  for (const point of text) {
    bytes += Buffer.byteLength(point)
    if (bytes > maxBytes) break
    end += point.length
  }
  return `${text.slice(0, end)}…`
}

/** The text with a remark behind it in parentheses, where there is one: what is cut of the detail of a vote is the text. */
export function withRemark(text: string, remark: string): string {
  if (remark === '') return text
  const end = ` (${remark})`
  return `${cut(text, maxDetailBytes - Buffer.byteLength(end))}${end}`
}

const shortEscapes: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '"': '\\"',
  '\\': '\\\\',
}

/**
 * Text that came from a target, safe to show: in double quotes, with everything escaped that a terminal, a
 * log or a mail would act on instead of showing it (control, format and bidirectional characters, line and
 * paragraph separators, lone surrogates), and cut to `maxBytes` including the quotes.
 */
export function quote(text: string, maxBytes = 40): string {
  // Each character takes at least one byte: what lies beyond can not be shown anyway.
  const escaped = text
    .slice(0, maxBytes)
    .replace(
      /["\\\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
      (char) => shortEscapes[char] ?? `\\u{${char.codePointAt(0)!.toString(16)}}`,
    )
  const whole = text.length > maxBytes ? `${escaped}…` : escaped
  return `"${cut(whole, maxBytes - 2)}"`
}

/** A duration as people say it: `850 ms`, `2.5 s`, `10 s`. */
export function duration(ms: number): string {
  return Math.round(ms) < 1000 ? `${Math.round(ms)} ms` : `${Number((ms / 1000).toFixed(1))} s`
}
