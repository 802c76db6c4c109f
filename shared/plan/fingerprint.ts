import type { PlanVersion } from '../check.ts'

/** The first 12 hex digits of the text's SHA-256, so that plans with the same content have the same version. */
export async function fingerprint(text: string): Promise<PlanVersion> {
  const digest = await globalThis.crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.slice(0, 12) as PlanVersion
}
