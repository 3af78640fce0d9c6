/** The SDK's view of a snapshot: its blocks in parts that are serialised, sent and acknowledged one by one. */
import type { MetricProducer, ScopeMetrics } from '@opentelemetry/sdk-metrics';
import { emptyResource } from '@opentelemetry/resources';
import type { Block, Snapshot, SnapshotSource } from '../metrics/samples.ts';
import type { Clock } from '../model/clock.ts';
import type { UnixSeconds } from '../model/time.ts';
import { toCicdBlock } from './cicd.ts';
import { type Acknowledged, createToDelta, type ToDelta } from './delta.ts';
import { keyOf, type OtlpBlock, type OtlpFamily } from './families.ts';
import type { OtlpSettings } from './settings.ts';
import { type BlockToSend, toMetrics } from './to-metrics.ts';

/**
 * Points of one request, give or take a block. Making and serialising them keeps the event loop (bench/otlp.ts: some
 * 4 ms of CPU once the code is warm); they stay far below the 4 MiB that gRPC receivers take by default.
 */
const POINTS_PER_PART = 2000;

/** Of the first request, whose code is not compiled yet and takes ten times as long; each next one has twice as many. */
const POINTS_OF_FIRST_PART = 250;

interface Remembered extends Acknowledged {
  readonly block: Block;
}

/** The blocks that one part of a push was made of. */
export interface Part {
  readonly snapshot: Snapshot;
  readonly blocks: readonly Block[];
  readonly at: UnixSeconds;
}

export interface SnapshotProducer extends MetricProducer {
  /** Finds the part that a collection was made of; undefined for any other object. */
  partOf(scopeMetrics: ScopeMetrics): Part | undefined;
  /** Records that a receiver has taken the part: deltas count on from it. */
  acknowledge(part: Part): void;
  /** Records that a receiver has taken all parts of that part's snapshot: blocks that are not in it are forgotten. */
  complete(lastPart: Part): void;
}

export interface SnapshotProducerOptions {
  readonly source: Pick<SnapshotSource, 'current'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly scope: { readonly name: string; readonly version: string };
  readonly settings: Pick<OtlpSettings, 'temporality' | 'cicdConventions'>;
}

/**
 * Produces the present snapshot at each collection.
 *
 * Cumulative values are sent as they stand, and a push that is sent again does no harm. A delta is the gain of a series
 * since the newest push with it that a receiver acknowledged. Each gain is sent at least once: a push that was taken but
 * whose acknowledgement was lost is sent again. Deltas start from the snapshot that is shown when pushing begins, which
 * has the values published before the last stop: gains that were published but not acknowledged before a stop are not
 * sent again.
 * For deltas the acknowledged blocks themselves are remembered, no more than one for each block shown.
 *
 * `lowmemory` sends histograms as deltas; counters here are read from totals, as asynchronous ones, and stay cumulative.
 *
 * @see https://opentelemetry.io/docs/specs/otel/metrics/sdk_exporters/otlp/ (read 2026-11-22)
 */
export function createSnapshotProducer({ source, clock, scope, settings }: SnapshotProducerOptions): SnapshotProducer {
  const { temporality, cicdConventions } = settings;
  const parts = new WeakMap<ScopeMetrics, Part>();
  const acknowledged = new Map<string, Remembered>();
  let since = clock.now();
  let isCold = true;

  const isDelta = (kind: OtlpFamily['kind']): boolean =>
    temporality === 'delta'
      ? kind === 'counter' || kind === 'histogram'
      : temporality === 'lowmemory' && kind === 'histogram';
  const views: readonly ((block: Block) => OtlpBlock)[] = cicdConventions
    ? [(block) => block, toCicdBlock]
    : [(block) => block];
  const remember = (blocks: readonly Block[], at: UnixSeconds, isSent: boolean): void => {
    if (temporality === 'cumulative') return;
    for (const block of blocks) acknowledged.set(keyOf(block), { block, at, isSent });
  };
  const createComparison = (block: Block, view: (block: Block) => OtlpBlock): ToDelta | null => {
    if (temporality === 'cumulative') return null;
    const before = acknowledged.get(keyOf(block));
    if (before === undefined) return createToDelta(null, since);
    return before.isSent && before.block === block
      ? () => null
      : createToDelta({ ...before, block: view(before.block) }, since);
  };
  const toSend = (block: Block): readonly BlockToSend[] =>
    views.map((view) => ({ block: view(block), toDelta: createComparison(block, view) }));
  remember(source.current().blocks, since, false);

  return {
    collect: () => {
      const snapshot = source.current();
      const now = clock.now();
      const scopeMetrics: ScopeMetrics[] = [];
      for (const blocks of divide(snapshot.blocks, isCold ? POINTS_OF_FIRST_PART : POINTS_PER_PART)) {
        const part: ScopeMetrics = {
          scope,
          // Made just before it is sent, and again each time it is read: all points at once are tens of MB.
          get metrics() {
            return toMetrics(blocks.flatMap(toSend), { now, isDelta });
          },
        };
        parts.set(part, { snapshot, blocks, at: now });
        scopeMetrics.push(part);
      }
      return Promise.resolve({ resourceMetrics: { resource: emptyResource(), scopeMetrics }, errors: [] });
    },
    partOf: (part) => parts.get(part),
    acknowledge: ({ blocks, at }) => remember(blocks, at, true),
    complete: ({ snapshot, blocks, at }) => {
      since = at;
      // A push of one part has not used the code enough.
      isCold &&= blocks.length === snapshot.blocks.length;
      // Every block of it is remembered, or none is where nothing is sent as deltas: then there is nothing to look for.
      if (acknowledged.size <= snapshot.blocks.length) return;
      const shown = new Set(snapshot.blocks.map(keyOf));
      for (const key of acknowledged.keys()) if (!shown.has(key)) acknowledged.delete(key);
    },
  };
}

/** Blocks in runs of at least so many points, each time twice as many up to `POINTS_PER_PART`; the last may have fewer. */
function divide(blocks: readonly Block[], pointsOfFirst: number): readonly (readonly Block[])[] {
  const divided: Block[][] = [];
  let next = pointsOfFirst;
  let left = 0;
  for (const block of blocks) {
    if (left <= 0) {
      divided.push([]);
      left = next;
      next = Math.min(2 * next, POINTS_PER_PART);
    }
    divided.at(-1)?.push(block);
    for (const samples of block.families.values()) left -= samples.length;
  }
  return divided;
}
