/** Divides a snapshot's blocks into chunks that stay the same objects while nothing in them changes. */
import { crc32 } from 'node:zlib';
import type { Metric } from '../metrics/catalogue.ts';
import type { Block, Sample } from '../metrics/samples.ts';

/** Neighbouring blocks that are encoded together. */
export interface Chunk {
  /** The first block's labels as text: unique among the chunks of a snapshot, stable over snapshots. */
  readonly key: string;
  readonly blocks: readonly Block[];
}

/** Told when a family has two samples with equal labels, of which only the first is shown. */
export type ReportDuplicate = (metric: Metric, labels: readonly string[]) => void;

/** Blocks in a chunk on average (a power of two), and at most. Larger: smaller gzip pages, dearer changes. */
const MEAN_BLOCKS = 32;
const MAX_BLOCKS = 128;

const SEPARATOR = '\u{10ffff}';

/**
 * Makes a function that divides blocks into chunks. A block whose labels hash to a multiple of the mean begins a
 * chunk, so a job that comes or goes changes the chunk it is in and not the ones behind it.
 *
 * Blocks with equal labels are shown as one, and of samples with equal labels the first is kept: a page with a
 * duplicate would be refused whole by Prometheus.
 */
export function createChunker(reportDuplicate: ReportDuplicate): (blocks: readonly Block[]) => readonly Chunk[] {
  let chunksByKey: ReadonlyMap<string, Chunk> = new Map();
  const knownBlocks = new WeakMap<Block, { readonly key: string; readonly distinct: Block }>();

  function examine(block: Block): { readonly key: string; readonly distinct: Block } {
    const known = knownBlocks.get(block);
    if (known !== undefined) return known;
    const examined = { key: keyOf(block.labels), distinct: withoutDuplicates([block], reportDuplicate) };
    knownBlocks.set(block, examined);
    return examined;
  }

  return (blocks) => {
    const blocksByKey = new Map<string, Block>();
    for (const block of blocks) {
      const { key, distinct } = examine(block);
      const first = blocksByKey.get(key);
      blocksByKey.set(key, first === undefined ? distinct : withoutDuplicates([first, distinct], reportDuplicate));
    }
    const chunks: Chunk[] = [];
    let key = '';
    let members: Block[] = [];
    const complete = (): void => {
      if (members.length === 0) return;
      const before = chunksByKey.get(key);
      chunks.push(before !== undefined && haveSameElements(before.blocks, members) ? before : { key, blocks: members });
      members = [];
    };
    for (const [blockKey, block] of blocksByKey) {
      if (members.length === MAX_BLOCKS || crc32(blockKey) % MEAN_BLOCKS === 0) complete();
      if (members.length === 0) key = blockKey;
      members.push(block);
    }
    complete();
    chunksByKey = new Map(chunks.map((chunk) => [chunk.key, chunk]));
    return chunks;
  };
}

/** Whether two lists hold the very same objects in the same order. */
export function haveSameElements(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((element, index) => element === b[index]);
}

/** Labels as one text, in which a broken UTF-16 sequence is what it becomes on the page. */
function keyOf(labels: readonly string[]): string {
  return labels.join(SEPARATOR).toWellFormed();
}

/** One block with the samples of all; the very same block where it is one without duplicates. */
function withoutDuplicates(blocks: readonly [Block, ...Block[]], report: ReportDuplicate): Block {
  const families = new Map<Metric, readonly Sample[]>();
  let changed = blocks.length > 1;
  for (const block of blocks) {
    for (const [metric, samples] of block.families) {
      const all = [...(families.get(metric) ?? []), ...samples];
      const distinct = all.length > 1 ? distinctSamples(all) : all;
      const dropped = distinct.length < all.length ? all.find((sample) => !distinct.includes(sample)) : undefined;
      if (dropped !== undefined) {
        changed = true;
        report(metric, [...block.labels, ...dropped.labels]);
      }
      families.set(metric, distinct);
    }
  }
  return changed ? { labels: blocks[0].labels, families } : blocks[0];
}

function distinctSamples(samples: readonly Sample[]): readonly Sample[] {
  const byLabels = new Map<string, Sample>();
  for (const sample of samples) {
    const key = keyOf(sample.labels);
    if (!byLabels.has(key)) byLabels.set(key, sample);
  }
  return byLabels.size === samples.length ? samples : [...byLabels.values()];
}
