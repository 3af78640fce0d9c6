/**
 * Whose turn it is. What always ends early (a rate limit, a poll's time, a vendor that breaks down) would otherwise
 * always end before the same ones. Process-local: after a start the given order holds again.
 */
export interface RoundRobin {
  /**
   * Asks for one after the other until `ask` says that the round is over or throws: first those never asked for, then
   * those whose turn is longest ago, else as given. The one with which a round is over comes first in the next one,
   * unless it was the first of this round already: it may be the cause itself, and then comes last.
   *
   * @param ask false: the round is over, and this one still has to be asked for
   * @returns those that still have to be asked for, in no particular order
   */
  each<T>(items: Iterable<T>, keyOf: (item: T) => string, ask: (item: T) => Promise<boolean>): Promise<readonly T[]>;
}

export function createRoundRobin(): RoundRobin {
  let turn = 0;
  /** When each of the latest items had its turn. */
  let turns: ReadonlyMap<string, number> = new Map();

  return {
    async each(items, keyOf, ask) {
      const latest = turns;
      const queue = [...items].map((item) => ({ item, key: keyOf(item), turn: latest.get(keyOf(item)) ?? 0 }));
      queue.sort((a, b) => a.turn - b.turn);
      const after = new Map(queue.map(({ key, turn }) => [key, turn]));
      turns = after;
      for (const [index, { item, key }] of queue.entries()) {
        let goesOn = false;
        try {
          goesOn = await ask(item);
        } finally {
          if (goesOn || index === 0) after.set(key, (turn += 1));
        }
        if (!goesOn) return queue.slice(index).map(({ item }) => item);
      }
      return [];
    },
  };
}
