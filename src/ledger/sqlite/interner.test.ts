import { expect, it } from 'vitest';
import { createInterner } from './interner.ts';

it('gives every word as it is, also once it has seen more words than it keeps', () => {
  const intern = createInterner(2);
  const words = ['a', 'b', 'a', 'c', 'a', 'b', ''];

  const shared = words.map((word) => intern(word));

  expect(shared).toEqual(words);
});
