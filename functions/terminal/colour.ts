import { styleText } from 'node:util'

/** A style of `styleText` from `node:util`. */
export type Style = Parameters<typeof styleText>[0]

/** Styles a text, or returns it unchanged without colours. Pad the text first, since escapes count as characters. */
export type Paint = (style: Style, text: string) => string

/** Creates a paint that ignores the environment (`NO_COLOR`, TTY): the caller decides. */
export function createPaint(colour: boolean): Paint {
  return colour ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text
}

/** Whether to colour a stream: it is a terminal that supports colours, and `NO_COLOR` is not set. */
export function usesColour(stream: { isTTY?: boolean; hasColors?(): boolean }): boolean {
  return stream.isTTY === true && stream.hasColors?.() === true
}
