/** A view of the bytes that are written in hex, spaces ignored. */
export function hex(text: string): DataView {
  return new DataView(Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex')).buffer)
}

/** The bytes of a view in hex. */
export function toHex(view: DataView): string {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('hex')
}
