import { styleText } from 'node:util'

/** The styles of `node:util`'s `styleText`. */
export type Style = Parameters<typeof styleText>[0]

/** Text in a style, or the text alone where there are no colours. Pad first: escapes have no width. */
export type Paint = (style: Style, text: string) => string

/** A paint that colours whatever the environment says: whoever calls has decided. */
export function createPaint(colour: boolean): Paint {
  return colour ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text
}

/** Whether a stream wants colours: a terminal that has them, unless `NO_COLOR` is set. */
export function usesColour(stream: { isTTY?: boolean; hasColors?(): boolean }): boolean {
  return stream.isTTY === true && stream.hasColors?.() === true
}
