/**
 * Asks for items one after the other, and goes on at the next round where the last one ended early. A rate limit, the
 * end of a poll's time or a vendor that breaks down would else always end before the same items. Kept by this process
 * alone: after a start the given order holds again.
 */
export interface RoundRobin {
  /**
   * Asks for one item after the other until `ask` says that the round is over, or throws: first those never asked for,
   * then those that were asked for longest ago, else as given. The item with which a round is over comes first in the
   * next one, unless it was the first of this round already: it may be the cause itself, and then comes last.
   *
   * @param ask false: the round is over, and this item still has to be asked for
   * @returns the items that still have to be asked for, in no particular order
   */
  each<T>(items: Iterable<T>, keyOf: (item: T) => string, ask: (item: T) => Promise<boolean>): Promise<readonly T[]>;
}

/** A round-robin that has asked for nothing yet. */
export function createRoundRobin(): RoundRobin {
  let count = 0;
  /** The count at which each of the latest items was asked for. */
  let askedAt: ReadonlyMap<string, number> = new Map();

  return {
    async each(items, keyOf, ask) {
      const latest = askedAt;
      const queue = [...items].map((item) => ({ item, key: keyOf(item), askedAt: latest.get(keyOf(item)) ?? 0 }));
      queue.sort((a, b) => a.askedAt - b.askedAt);
      const next = new Map(queue.map((queued) => [queued.key, queued.askedAt]));
      askedAt = next;
      for (const [index, { item, key }] of queue.entries()) {
        let goesOn = false;
        try {
          goesOn = await ask(item);
        } finally {
          if (goesOn || index === 0) next.set(key, (count += 1));
        }
        if (!goesOn) return queue.slice(index).map((left) => left.item);
      }
      return [];
    },
  };
}
