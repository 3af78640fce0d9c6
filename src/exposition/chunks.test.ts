import { describe, expect, it } from 'vitest';
import { countingBlock } from '../../test/support/exposition/samples.ts';
import { createChunker } from './chunks.ts';

const many = Array.from({ length: 1000 }, (_, index) => countingBlock(`job ${index}`, 1));

describe('chunks', () => {
  it('hold all blocks in order, and never too many', async () => {
    const chunks = await createChunker(() => {})(many);

    expect(chunks.flatMap(({ blocks }) => blocks)).toEqual(many);
    expect(Math.max(...chunks.map(({ blocks }) => blocks.length))).toBeLessThanOrEqual(64);
  });

  it('stay the same objects but for the one whose block was replaced', async () => {
    const divide = createChunker(() => {});
    const before = await divide(many);

    const after = await divide(many.with(500, countingBlock('job 500', 2)));

    expect(after.filter((chunk) => !before.includes(chunk))).toHaveLength(1);
    expect(after).toHaveLength(before.length);
  });

  it('stay the same objects behind a job that came or went', async () => {
    const divide = createChunker(() => {});
    const before = await divide(many);

    const grown = await divide(many.toSpliced(500, 0, countingBlock('a new job', 1)));
    const shrunk = await divide(many.toSpliced(500, 1));

    expect(grown.filter((chunk) => !before.includes(chunk)).length).toBeLessThanOrEqual(3);
    expect(shrunk.filter((chunk) => !grown.includes(chunk)).length).toBeLessThanOrEqual(3);
  });
});
