import { expect, it } from 'vitest';
import { runHash } from './run-hash.ts';

it.each([
  ['', 0x811c9dc5],
  ['a', 0xe40c292c],
  ['foobar', 0xbf9cf968],
])('hashes %j as the reference of FNV-1a does', (id, unsigned) => {
  expect(runHash(id)).toBe(unsigned | 0);
});
