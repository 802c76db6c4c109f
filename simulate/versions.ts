/** A value with those that it replaced lately, the newest first: what a read that lags may still see. */
export interface Versions<T> {
  readonly value: T
  readonly atMs: number
  readonly before: Versions<T> | undefined
}

/** The version that held at a moment, epoch ms. */
export function asOf<T>(versions: Versions<T> | undefined, atMs: number): T | undefined {
  let version = versions
  while (version !== undefined && version.atMs > atMs) version = version.before
  return version?.value
}

/** The versions that a read which lags may still see: those until `sinceMs`, and the one that held then. */
export function youngerThan<T>(versions: Versions<T> | undefined, sinceMs: number): Versions<T> | undefined {
  if (versions === undefined) return undefined
  if (versions.atMs <= sinceMs) return { ...versions, before: undefined }
  return { ...versions, before: youngerThan(versions.before, sinceMs) }
}
