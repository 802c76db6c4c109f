/** What has a slot, or waits for one. */
export interface Slotted {
  /** Its slot, `unsent` to begin with; for the slots to set. */
  slot: number
}

/** Has no slot yet. */
export const unsent = -1
/** Had one, or will need none any more. */
export const over = -2

/** How many probes may be on their way at once. */
export const slotCount = 16_384

/** Numbers that packets carry and answers repeat: source ports, sequence numbers of echoes. */
export interface Slots<P extends Slotted> {
  readonly free: number
  /** What has this slot now; undefined for slots that do not exist, too. */
  at(slot: number): P | undefined
  /** All that have a slot. */
  taken(): readonly P[]
  /** Gives the slot that has been free for the longest: answers to its last probe are the least likely to come. */
  take(probe: P): void
  /** Takes the slot back, where there is one; in any case this probe will get none again. */
  release(probe: P): void
}

/**
 * The slots stand in line in an order of their own each time: two processes of one machine that look at the
 * same targets at the same tick would otherwise use the same ports at the same moment, and a server that
 * knows the first SYN does not answer the second.
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

/** The numbers below `count` in random order (Fisher and Yates). */
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
