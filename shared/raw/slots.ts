/** A probe that has a slot or waits for one. */
export interface Slotted {
  /** `unsent` at first; set by `Slots` only. */
  slot: number
}

/** `Slotted.slot`: no slot yet. */
export const unsent = -1
/** `Slotted.slot`: the slot was released, or is no longer needed. */
export const over = -2

/** Maximum probes in flight per socket. */
export const slotCount = 16_384

/** Numbers that packets carry and answers repeat: source ports, or sequence numbers of echoes. */
export interface Slots<P extends Slotted> {
  readonly free: number
  /** The probe in this slot; undefined also for slots that do not exist. */
  at(slot: number): P | undefined
  /** All probes with a slot. */
  taken(): readonly P[]
  /** Assigns the slot that has been free the longest: answers to its last probe are the least likely to arrive. */
  take(probe: P): void
  /** Releases the probe's slot, if it has one; the probe never gets another. */
  release(probe: P): void
}

/**
 * Slots are assigned in random order: otherwise two processes on one machine that probe the same targets at the same
 * tick would use the same ports at the same moment, and a server that has seen the first SYN does not answer the
 * second.
 */
export function createSlots<P extends Slotted>(randomWord: () => number): Slots<P> {
  const probes = new Array<P | undefined>(slotCount).fill(undefined)
  const line = shuffled(slotCount, randomWord)
  let head = 0
  let free = slotCount
  return {
    get free() {
      return free
    },
    at: (slot) => probes[slot],
    taken: () => probes.filter((probe) => probe !== undefined),
    take(probe) {
      probe.slot = line[head]!
      head = (head + 1) % slotCount
      free--
      probes[probe.slot] = probe
    },
    release(probe) {
      if (probe.slot >= 0) {
        probes[probe.slot] = undefined
        line[(head + free) % slotCount] = probe.slot
        free++
      }
      probe.slot = over
    },
  }
}

/** The numbers below `count` in random order (Fisher–Yates). */
function shuffled(count: number, randomWord: () => number): Int32Array {
  const numbers = Int32Array.from({ length: count }, (_, index) => index)
  for (let last = count - 1; last > 0; last--) {
    const other = randomWord() % (last + 1)
    const kept = numbers[last]!
    numbers[last] = numbers[other]!
    numbers[other] = kept
  }
  return numbers
}
