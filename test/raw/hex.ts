/** A view of bytes given in hex, ignoring spaces. */
export function hex(text: string): DataView {
  return new DataView(Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex')).buffer)
}

/** A view's bytes in hex. */
export function toHex(view: DataView): string {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('hex')
}
