import { describe, expect, it } from 'vitest';
import { createRoundRobin } from './round-robin.ts';

type Ask = (item: string) => boolean | Error;

/** Rounds over `items`, each as the items that were asked for in it. */
async function rounds(items: string, count: number, createAsk: () => Ask): Promise<readonly string[]> {
  const roundRobin = createRoundRobin();
  const all: string[] = [];
  for (let number = 0; number < count; number += 1) {
    let asked = '';
    const ask = createAsk();
    const round = roundRobin.each(items, String, async (item) => {
      asked += item;
      const answer = ask(item);
      if (answer instanceof Error) throw answer;
      return answer;
    });
    await round.catch(() => {});
    all.push(asked);
  }
  return all;
}

/** Lets so many pass a round, and ends it with the next. */
function few(most: number): () => Ask {
  return () => {
    let passed = 0;
    return () => (passed += 1) <= most;
  };
}

describe('a round-robin', () => {
  it('keeps the given order while every round is whole', async () => {
    expect(await rounds('abc', 3, () => () => true)).toEqual(['abc', 'abc', 'abc']);
  });

  it.each([
    ['abc', 1, ['ab', 'bc', 'ca', 'ab']],
    ['abcd', 1, ['ab', 'bc', 'cd', 'da']],
    ['abcde', 2, ['abc', 'cde', 'eab', 'bcd']],
    ['abc', 0, ['a', 'b', 'c', 'a']],
  ])('comes to each of %s, however early rounds end (after %i)', async (items, most, expected) => {
    expect(await rounds(items, 4, few(most))).toEqual(expected);
  });

  it('comes to all others where one ends every round', async () => {
    expect(await rounds('abcd', 5, () => (item) => item !== 'b')).toEqual(['ab', 'b', 'cdab', 'b', 'cdab']);
  });

  it('comes to all others where one throws', async () => {
    const ask: Ask = (item) => item !== 'b' || new Error('b');

    expect(await rounds('abcd', 5, () => ask)).toEqual(['ab', 'b', 'cdab', 'b', 'cdab']);
  });

  it('returns the items that still have to be asked for', async () => {
    const roundRobin = createRoundRobin();

    const left = await roundRobin.each('abc', String, async (item) => item !== 'b');

    expect(left).toEqual(['b', 'c']);
  });

  it('comes first to an item that was not there before, and forgets one that is not there any more', async () => {
    const roundRobin = createRoundRobin();
    const orders: string[] = [];
    for (const items of ['ab', 'abc', 'c', 'abc']) {
      let order = '';
      await roundRobin.each(items, String, async (item) => {
        order += item;
        return true;
      });
      orders.push(order);
    }

    expect(orders).toEqual(['ab', 'cab', 'c', 'abc']);
  });
});
