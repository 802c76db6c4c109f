/** What a terminal shows in one look: colours by SGR number, undefined for the terminal's own. */
export interface Look {
  readonly colour?: number
  readonly background?: number
  readonly bold?: true
}

export interface Span {
  readonly text: string
  readonly look: Look
}

/** One line on the screen. */
export type Row = readonly Span[]

const controlIntroducer = '\u001b'
/** A control sequence (ECMA-48, 5.4) or a carriage return, else text. */
const pieces = new RegExp(`(${controlIntroducer}\\[[\\d;]*[A-Za-z]|\\r)|([^${controlIntroducer}\\r]+)`, 'g')

/**
 * The rows that a terminal shows after this output. Knows what the demo writes: colours, bold, and a line that is
 * erased and written again.
 */
export function rowsOf(output: string): readonly Row[] {
  let look: Look = {}
  return output
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map((line) => {
      const row: Span[] = []
      // Looks last over an erased text, so it is read too.
      for (const [, control, text] of line.matchAll(pieces)) {
        if (text !== undefined) row.push({ text, look })
        else if (control!.endsWith('m')) look = styled(look, control!.slice(2, -1))
        else if (control === `${controlIntroducer}[2K` || control === '\r') row.length = 0
        else throw new Error(`the picture knows no ${JSON.stringify(control)}`)
      }
      return row
    })
}

export const textOf = (row: Row): string => row.map(({ text }) => text).join('')

/** ECMA-48, "SGR": 30–37 and 90–97 are colours, 40–47 backgrounds, 1 is bold; 39, 49 and 22 take them back. */
function styled(look: Look, codes: string): Look {
  let { colour, background, bold } = look
  for (const code of codes.split(';').map(Number)) {
    if (code === 0) colour = background = bold = undefined
    else if (code === 1) bold = true
    else if (code === 22) bold = undefined
    else if (code === 39) colour = undefined
    else if (code === 49) background = undefined
    else if (code >= 40 && code <= 47) background = code
    else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) colour = code
    else throw new Error(`the picture knows no SGR ${code}`)
  }
  return { ...(colour && { colour }), ...(background && { background }), ...(bold && { bold }) }
}
