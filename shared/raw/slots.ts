/** What has a slot, or waits for one. */
export interface Slotted {
  /** Its slot, `unsent` to begin with; for the slots to set. */
  slot: number
}

/** Has no slot yet. */
export const unsent = -1
/** Had one, or will need none any more. */
const over = -2

/** How many probes may be on their way at once. */
export const slotCount = 16_384

/** Numbers that packets carry and answers repeat: source ports, sequence numbers of echoes. */
export interface Slots<P extends Slotted> {
  readonly free: number
  /** What has this slot now; undefined for slots that do not exist, too. */
  at(slot: number): P | undefined
  /** Gives the slot that has been free for the longest: answers to its last probe are the least likely to come. */
  take(probe: P): void
  /** Takes the slot back, where there is one; in any case this probe will get none again. */
  release(probe: P): void
}

export function createSlots<P extends Slotted>(): Slots<P> {
  const probes = new Array<P | undefined>(slotCount).fill(undefined)
  const line = Int32Array.from({ length: slotCount }, (_, slot) => slot)
  let head = 0
  let free = slotCount
  return {
    get free() {
      return free
    },
    at: (slot) => probes[slot],
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
