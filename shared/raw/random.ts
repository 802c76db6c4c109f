/** Words drawn from the system's generator at a time; one call per word would cost more than a probe. */
const blockWords = 1024

/** Returns a source of unpredictable 32-bit words from the cryptographic generator. */
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
