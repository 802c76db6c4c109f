import { type Look, type Row, textOf } from './ansi.ts'

// One dark picture for both of GitHub's modes: a terminal is dark on a light page too. GitHub shows it as an image,
// with the fonts of the reader's system, so every run of text is stretched to its columns, and the signs and frames
// that fonts draw in different widths are drawn here.

const columnWidth = 8.4
const rowHeight = 19
const fontSize = 14
const margin = { left: 20, top: 52, bottom: 18 }

const paper = '#161b22'
const ink = '#d1d7e0'
const colours: Readonly<Record<number, string>> = {
  30: '#0d1117',
  31: '#ff7b72',
  32: '#56d364',
  33: '#e3b341',
  35: '#d2a8ff',
  36: '#76e3ea',
  37: '#ffffff',
  90: '#8b949e',
  41: '#ff7b72',
  42: '#56d364',
  43: '#e3b341',
}

/** The picture of a terminal `columns` wide. */
export function drawTerminal(rows: readonly Row[], columns: number, title: string): string {
  const width = Math.ceil(columns * columnWidth + 2 * margin.left)
  const height = margin.top + rows.length * rowHeight + margin.bottom
  const dots = ['#ff5f57', '#febc2e', '#28c840']
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="10" fill="${paper}" stroke="#3d444d"/>`,
    ...dots.map((fill, index) => `<circle cx="${22 + 20 * index}" cy="20" r="6" fill="${fill}"/>`),
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${fontSize}" fill="${ink}">`,
    `<text x="${width / 2}" y="25" text-anchor="middle" fill="#8b949e">${escapeXml(title)}</text>`,
    ...rows.flatMap(drawRow),
    '</g>',
    '</svg>',
  ].join('\n')}\n`
}

function drawRow(row: Row, index: number): string[] {
  const top = margin.top + index * rowHeight
  let column = 0
  return row.flatMap(({ text, look }) =>
    [...text.matchAll(/[●◐✖│╭╰]|─+|[^●◐✖│╭╰─]+/g)].flatMap(([piece]) => {
      const left = margin.left + column * columnWidth
      column += piece.length
      return drawPiece(piece, left, top, look)
    }),
  )
}

function drawPiece(piece: string, left: number, top: number, look: Look): string[] {
  const fill = look.colour === undefined ? ink : colourOf(look.colour)
  const middle = { x: round(left + columnWidth / 2), y: top + rowHeight / 2 }
  const stroke = `fill="none" stroke="${fill}"`
  switch (piece.charAt(0)) {
    case '●':
      return [`<circle cx="${middle.x}" cy="${middle.y}" r="3.4" fill="${fill}"/>`]
    case '◐':
      return [
        `<circle cx="${middle.x}" cy="${middle.y}" r="3.4" ${stroke}/>`,
        `<path d="M${middle.x} ${middle.y - 3.4}a3.4 3.4 0 0 0 0 6.8z" fill="${fill}"/>`,
      ]
    case '✖':
      return [
        `<path d="M${middle.x - 2.6} ${middle.y - 2.6}l5.2 5.2m0-5.2l-5.2 5.2" ${stroke} stroke-width="2.2" stroke-linecap="round"/>`,
      ]
    case '│':
      return [`<path d="M${middle.x} ${top}v${rowHeight}" ${stroke}/>`]
    case '╭':
      return [
        `<path d="M${middle.x} ${top + rowHeight}V${middle.y + 5}q0-5 5-5H${round(left + columnWidth)}" ${stroke}/>`,
      ]
    case '╰':
      return [
        `<path d="M${middle.x} ${top}V${middle.y - 5}q0 5 5 5H${round(left + columnWidth)}" ${stroke}/>`,
      ]
    case '─':
      return [`<path d="M${round(left)} ${middle.y}h${round(piece.length * columnWidth)}" ${stroke}/>`]
    default:
      return drawText(piece, left, top, fill, look)
  }
}

function drawText(piece: string, left: number, top: number, fill: string, look: Look): string[] {
  const words = piece.trim()
  const behind =
    look.background === undefined
      ? []
      : [
          `<rect x="${round(left - 2)}" y="${top + 1}" width="${round(piece.length * columnWidth + 4)}" height="${rowHeight - 2}" rx="3" fill="${colourOf(look.background)}"/>`,
        ]
  if (words === '') return behind
  const x = round(left + (piece.length - piece.trimStart().length) * columnWidth)
  const length = round(words.length * columnWidth)
  const paint = `${fill === ink ? '' : ` fill="${fill}"`}${look.bold ? ' font-weight="bold"' : ''}`
  return [
    ...behind,
    `<text x="${x}" y="${top + 14}" textLength="${length}" lengthAdjust="spacingAndGlyphs" xml:space="preserve"${paint}>${escapeXml(words)}</text>`,
  ]
}

function colourOf(code: number): string {
  const colour = colours[code]
  if (colour === undefined) throw new Error(`the picture has no colour for SGR ${code}`)
  return colour
}

const round = (number: number) => Math.round(number * 10) / 10

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** The rows that tell the story: the alert of the outage whole, that of the recovery only announced. */
export function storyOf(rows: readonly Row[]): readonly Row[] {
  const begins = (start: string, from = 0) => {
    const found = rows.findIndex((row, index) => index >= from && textOf(row).startsWith(start))
    if (found === -1) throw new Error(`the run printed no line that begins with ${start}`)
    return found
  }
  const first = begins('— Four checks')
  const outage = begins('╭─ alert')
  const recovery = begins('╭─ alert', outage + 1)
  const note: Row = [{ text: '          ⋮ (and the alert of the recovery)', look: { colour: 90 } }]
  return [...rows.slice(first, recovery), note]
}
