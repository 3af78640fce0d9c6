import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { renderPages } from '../src/docs/pages.ts';

describe('pages made from the code', () => {
  test.each(Object.entries(renderPages()))('%s is what npm run docs writes', (path, text) => {
    const written = readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

    expect(written).toBe(text);
  });
});
