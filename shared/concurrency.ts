/** The outcome of each item, in the order of the items. */
export interface Outcomes<Item, Result> {
  readonly done: readonly (readonly [Item, Result])[]
  readonly failed: readonly (readonly [Item, unknown])[]
}

/** Runs `act` on every item, at most `limit` at a time, starting in order; a failure stops no other item. */
export async function mapConcurrently<Item, Result>(
  limit: number,
  items: readonly Item[],
  act: (item: Item) => Promise<Result>,
): Promise<Outcomes<Item, Result>> {
  const outcomes: PromiseSettledResult<Result>[] = []
  // The workers share one iterator, so each item is taken once.
  const waiting = items.entries()
  async function work(): Promise<void> {
    for (const [index, item] of waiting) {
      const [outcome] = await Promise.allSettled([act(item)])
      outcomes[index] = outcome
    }
  }
  await Promise.all(Array.from({ length: limit }, work))
  const done: [Item, Result][] = []
  const failed: [Item, unknown][] = []
  for (const [index, outcome] of outcomes.entries()) {
    const item = items[index]!
    if (outcome.status === 'fulfilled') done.push([item, outcome.value])
    else failed.push([item, outcome.reason])
  }
  return { done, failed }
}
