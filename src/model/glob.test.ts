import { describe, expect, it } from 'vitest';
import { compileGlob } from './glob.ts';

describe('compileGlob', () => {
  it.each([
    ['*', '', true],
    ['nightly-*', 'nightly-load', true],
    ['nightly-*', 'nightly', false],
    ['*load*', 'a/load/b', true],
    ['load', 'load 2', false],
    ['load?', 'load2', true],
    ['load?', 'load', false],
    ['?', '💡', true],
    ['*', 'two\nlines', true],
    ['a.b', 'axb', false],
    ['a+(b)[c]{d}^$|\\', 'a+(b)[c]{d}^$|\\', true],
  ])('lets %j match %j: %j', (pattern, name, expected) => {
    expect(compileGlob(pattern)(name)).toBe(expected);
  });
});
