/** Does something with each item, so many at once, in their order. One that fails holds up no other. */
export async function inTurns<Item, Result>(
  atOnce: number,
  items: readonly Item[],
  act: (item: Item) => Result | Promise<Result>,
): Promise<{ done: readonly [Item, Result][]; failed: readonly [Item, unknown][] }> {
  const done: [Item, Result][] = []
  const failed: [Item, unknown][] = []
  // All of them take from the one iterator, so each item is taken once.
  const waiting = items.values()
  async function work(): Promise<void> {
    for (const item of waiting) {
      try {
        done.push([item, await act(item)])
      } catch (error) {
        failed.push([item, error])
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return { done, failed }
}
