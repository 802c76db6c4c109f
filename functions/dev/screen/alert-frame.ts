import type { AlertLine } from '../../../shared/replay/lines.ts'
import { escapeForTerminal } from '../../../shared/text/escape.ts'
import { truncateTo } from '../../../shared/text/truncate.ts'
import type { Paint } from '../../terminal/colour.ts'
import { wrap } from '../../terminal/wrap.ts'
import type { Signs } from './marks.ts'

/** Maximum lines of a mail shown: enough for one check and all of its votes. */
const maxMailLines = 16
const maxJsonLines = 2
const labelWidth = 'Webhook'.length

/** Renders an alert as its recipients get it: the SMS, the mail and the webhook's JSON. */
export function renderAlert(alert: AlertLine, signs: Signs, paint: Paint, width: number): readonly string[] {
  const { top, side, bottom, rule } = signs.frame
  const textWidth = width - side.length - labelWidth - 4
  const edge = (text: string) => paint('magenta', text)
  const rows = (label: string, lines: readonly string[]) =>
    lines.map((line, index) => {
      const name = paint('gray', (index === 0 ? label : '').padEnd(labelWidth))
      return `${edge(side)} ${name}  ${line}`.trimEnd()
    })
  const title = truncateTo(`alert to ${escapeForTerminal(alert.contact)}`, width - 6, signs.ellipsis)
  return [
    `${edge(top)} ${paint('bold', title)} ${edge(rule.repeat(Math.max(0, width - title.length - 4)))}`,
    ...rows('SMS', wrap(escapeForTerminal(alert.sms), textWidth)),
    ...rows('Subject', wrap(escapeForTerminal(alert.subject), textWidth)),
    ...rows('Mail', mailLines(alert.email, textWidth, signs)),
    ...rows('Webhook', jsonLines(alert.http, textWidth, signs)),
    edge(`${bottom}${rule.repeat(Math.max(0, width - 2))}`),
  ]
}

function mailLines(email: string, width: number, signs: Signs): readonly string[] {
  const lines = email.trimEnd().split('\n')
  const shown = lines.slice(0, maxMailLines)
  const more = lines.length - shown.length
  return [
    ...shown.flatMap((line) => fold(escapeForTerminal(line), width)),
    ...(more === 0 ? [] : [`${signs.ellipsis} ${more} more lines`]),
  ]
}

// Unlike `wrap`, keeps the spaces that form a mail's columns; overlong text continues below its own column.
function fold(line: string, width: number): readonly string[] {
  if (line.length <= width) return [line]
  const indent = /^ *(\S+ {2,})?/.exec(line)![0].length
  const space = line.lastIndexOf(' ', width)
  const end = space > indent ? space : width
  return [
    line.slice(0, end),
    ...wrap(line.slice(end).trimStart(), width - indent).map((rest) => `${' '.repeat(indent)}${rest}`),
  ]
}

function jsonLines(http: AlertLine['http'], width: number, signs: Signs): readonly string[] {
  const json = [...truncateTo(escapeForTerminal(JSON.stringify(http)), width * maxJsonLines, signs.ellipsis)]
  return [json.slice(0, width), json.slice(width)]
    .filter((line) => line.length > 0)
    .map((line) => line.join(''))
}
