import { describe, expect, it } from 'vitest';
import { classify } from './run.ts';

const TABLE = { RUNNING: 'executing', SUCCEEDED: 'success' } as const;

describe('classify', () => {
  it('finds what the vendor documents', () => {
    expect([classify('RUNNING', TABLE, {}, false), classify('SUCCEEDED', TABLE, {}, true)]).toEqual([
      { known: true, state: 'executing', result: null },
      { known: true, state: null, result: 'success' },
    ]);
  });

  it('has a word that nobody listed finished where it has an end, else live', () => {
    expect([classify('MELTED', TABLE, {}, true), classify('MELTED', TABLE, {}, false)]).toEqual([
      { known: false, state: null, result: 'unknown' },
      { known: false, state: 'unknown', result: null },
    ]);
  });

  it('lets the configuration say what a word means, also one that the vendor documents', () => {
    const stateMap = { MELTED: 'timeout', RUNNING: 'paused', ODD: 'unknown' } as const;

    expect(['MELTED', 'RUNNING', 'ODD'].map((word) => classify(word, TABLE, stateMap, true))).toEqual([
      { known: true, state: null, result: 'timeout' },
      { known: true, state: 'paused', result: null },
      { known: true, state: null, result: 'unknown' },
    ]);
  });

  it('has a run live of which the vendor says that it cannot tell, whatever times it has', () => {
    expect(classify('unknown', { unknown: 'unknown' }, {}, true)).toEqual({
      known: true,
      state: 'unknown',
      result: null,
    });
  });

  it('takes no word for listed that every object has', () => {
    expect(classify('constructor', TABLE, {}, false)).toEqual({ known: false, state: 'unknown', result: null });
  });
});
