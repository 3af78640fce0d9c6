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
const MEAN_BLOCKS = 16;
const MAX_BLOCKS = 64;

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
    const examined = { key: keyOf(block.labels), distinct: withoutDuplicates(block, reportDuplicate) };
    knownBlocks.set(block, examined);
    return examined;
  }

  return (blocks) => {
    const blocksByKey = new Map<string, Block>();
    for (const block of blocks) {
      const { key, distinct } = examine(block);
      const first = blocksByKey.get(key);
      blocksByKey.set(key, first === undefined ? distinct : merge(first, distinct, reportDuplicate));
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

/** The block itself, or one without the samples whose labels an earlier one of the family has. */
function withoutDuplicates(block: Block, report: ReportDuplicate): Block {
  let families: Map<Metric, readonly Sample[]> | null = null;
  for (const [metric, samples] of block.families) {
    const duplicate = samples.length > 1 ? findDuplicate(samples) : undefined;
    if (duplicate === undefined) continue;
    report(metric, [...block.labels, ...duplicate.labels]);
    families ??= new Map(block.families);
    families.set(metric, distinctSamples(samples));
  }
  return families === null ? block : { labels: block.labels, families };
}

/** One block with the samples of two whose labels are equal. */
function merge(first: Block, second: Block, report: ReportDuplicate): Block {
  const families = new Map(first.families);
  for (const [metric, samples] of second.families) {
    families.set(metric, [...(first.families.get(metric) ?? []), ...samples]);
  }
  return withoutDuplicates({ labels: first.labels, families }, report);
}

function findDuplicate(samples: readonly Sample[]): Sample | undefined {
  const seen = new Set<string>();
  return samples.find((sample) => seen.size === seen.add(keyOf(sample.labels)).size);
}

function distinctSamples(samples: readonly Sample[]): readonly Sample[] {
  const seen = new Set<string>();
  return samples.filter((sample) => seen.size < seen.add(keyOf(sample.labels)).size);
}
