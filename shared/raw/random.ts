/** Words that are drawn from the system's generator at once; asking it for each would cost more than a probe. */
const blockWords = 1024

/** Gives unpredictable 32-bit words, by the cryptographic generator. */
export function createRandomWords(): () => number {
  const block = new Uint32Array(blockWords)
  let used = blockWords
  return () => {
    if (used === blockWords) {
      crypto.getRandomValues(block)
      used = 0
    }
    return block[used++]!
  }
}
