/** Pseudo-random numbers: the same seed gives the same stream on every machine. Not for secrets. */
export interface Random {
  /** 0 ≤ x < 1. */
  next(): number
  /** A whole number, both bounds included. */
  int(min: number, max: number): number
  /** True with this probability. */
  chance(probability: number): boolean
  pick<T>(items: readonly T[]): T
  /** A stream of its own: what is drawn from it changes no other stream. */
  fork(name: string): Random
}

/** @param seed a whole number, 0 to 2^53 − 1. */
export function createRandom(seed: number): Random {
  return streamOf(hash(hash(0x9e3779b9, seed >>> 0), Math.floor(seed / 2 ** 32)))
}

function streamOf(start: number): Random {
  let state = start
  // Mulberry32 (public domain): 32 bits of state are plenty for a few million draws.
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const int = (min: number, max: number) => min + Math.floor(next() * (max - min + 1))
  return {
    next,
    int,
    chance: (probability) => probability > 0 && next() < probability,
    pick: (items) => items[int(0, items.length - 1)]!,
    fork: (name) => streamOf(hashText(start, name)),
  }
}

/** One step of FNV-1a over 32 bits. */
export function hash(before: number, value: number): number {
  let mixed = before
  for (let shift = 0; shift < 32; shift += 8) mixed = Math.imul(mixed ^ ((value >>> shift) & 255), 0x01000193)
  return mixed >>> 0
}

/** FNV-1a over the code units of a text. */
export function hashText(before: number, text: string): number {
  let mixed = before
  for (let index = 0; index < text.length; index++) mixed = hash(mixed, text.charCodeAt(index))
  return mixed
}

/** 0 ≤ x < 1 from what it is about, so that it does not depend on when it is asked. */
export function fraction(seed: number, ...about: readonly (string | number)[]): number {
  let mixed = hash(0x811c9dc5, seed)
  for (const part of about) mixed = typeof part === 'number' ? hash(mixed, part) : hashText(mixed, part)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32
}
