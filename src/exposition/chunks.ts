/** Divides a snapshot's blocks into chunks that stay the same objects while nothing in them changes. */
import { crc32 } from 'node:zlib';
import type { Metric } from '../metrics/metric.ts';
import type { Block, Sample } from '../metrics/samples.ts';
import { haveSameElements } from '../model/same-elements.ts';
import { createTimeSlice } from './time-slice.ts';

/** Neighbouring blocks that are rendered and compressed together. */
export interface Chunk {
  readonly blocks: readonly Block[];
  /** Each block's labels as one text: unique among the blocks of a snapshot, stable over snapshots. */
  readonly keys: readonly string[];
}

/** Called when a family has two samples with equal labels, of which only the first is shown. */
export type ReportDuplicate = (metric: Metric, labels: readonly string[]) => void;

/** Blocks in a chunk on average (a power of two), and at most. Larger: smaller gzip pages, dearer changes. */
const MEAN_BLOCKS = 16;
const MAX_BLOCKS = 64;

interface ExaminedBlock {
  readonly key: string;
  readonly beginsChunk: boolean;
  /** The block without duplicates. */
  readonly distinct: Block;
}

const SEPARATOR = '\u{10ffff}';

/**
 * Makes a function that divides blocks into chunks. A block whose labels hash to a multiple of the mean begins a
 * chunk, so a job that comes or goes changes the chunk it is in and not the ones behind it.
 *
 * Blocks with equal labels are shown as one, and of samples with equal labels the first is kept: a page with a
 * duplicate would be refused whole by Prometheus.
 */
export function createChunker(
  reportDuplicate: ReportDuplicate,
): (blocks: readonly Block[]) => Promise<readonly Chunk[]> {
  let chunksByKey: ReadonlyMap<string, Chunk> = new Map();
  const examined = new WeakMap<Block, ExaminedBlock>();

  function examine(block: Block): ExaminedBlock {
    const known = examined.get(block);
    if (known !== undefined) return known;
    const key = keyOf(block.labels);
    const beginsChunk = crc32(key) % MEAN_BLOCKS === 0;
    const result = { key, beginsChunk, distinct: withoutDuplicates(block, reportDuplicate) };
    examined.set(block, result);
    return result;
  }

  return async (blocks) => {
    const endOfSlice = createTimeSlice();
    const byKey = new Map<string, ExaminedBlock>();
    for (const [index, block] of blocks.entries()) {
      if (index % MAX_BLOCKS === 0) await endOfSlice();
      const found = examine(block);
      const first = byKey.get(found.key);
      const distinct = first === undefined ? null : merge(first.distinct, found.distinct, reportDuplicate);
      byKey.set(found.key, distinct === null ? found : { ...found, distinct });
    }
    const chunks: Chunk[] = [];
    let members: ExaminedBlock[] = [];
    const complete = (): void => {
      if (members.length === 0) return;
      const chunk = { blocks: members.map(({ distinct }) => distinct), keys: members.map(({ key }) => key) };
      const before = chunksByKey.get(firstKey(chunk));
      chunks.push(before !== undefined && haveSameElements(before.blocks, chunk.blocks) ? before : chunk);
      members = [];
    };
    for (const member of byKey.values()) {
      if (members.length === MAX_BLOCKS || member.beginsChunk) complete();
      members.push(member);
    }
    complete();
    chunksByKey = new Map(chunks.map((chunk) => [firstKey(chunk), chunk]));
    return chunks;
  };
}

/** Key of a chunk's first block, by which the chunk is found again in the next snapshot. */
export function firstKey(chunk: Chunk): string {
  return chunk.keys[0] ?? '';
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
