/** Input of the encoders: families of samples as plain immutable data, in blocks that are replaced as a whole. */
import type { UnixSeconds } from '../model/time.ts';
import type { Metric } from './metric.ts';
import type { Reader } from './readers.ts';

/** One run that an observation came from, shown as an OpenMetrics exemplar. */
export interface Exemplar {
  readonly runId: string;
  readonly value: number;
  readonly at: UnixSeconds;
}

export interface HistogramValue {
  /** Upper bounds, rising, without +Inf. */
  readonly bounds: readonly number[];
  /** Observations in each bucket alone (not cumulative), the last one for +Inf: one more than `bounds`. */
  readonly counts: readonly number[];
  readonly sum: number;
  readonly count: number;
}

export interface Sample {
  /** Names and values alternating, beyond the block's own labels: `['result', 'failure']`. */
  readonly labels: readonly string[];
  readonly value: number | HistogramValue;
  /** Time at which the series' count began; null for gauges. */
  readonly createdAt: UnixSeconds | null;
  /** The newest run behind a counter or histogram, where this process saw it; encoders may leave it out. */
  readonly exemplar: Exemplar | null;
}

/**
 * All samples of one job, one target, or the exporter itself. A block never changes: a change is a new block in its
 * place, so an encoder may keep what it rendered of a block for as long as it is the same object.
 */
export interface Block {
  /** Labels of every sample of the block, names and values alternating. */
  readonly labels: readonly string[];
  readonly families: ReadonlyMap<Metric, readonly Sample[]>;
}

/** All that is shown at one moment, in a stable order. No two samples of a family have equal labels. */
export interface Snapshot {
  /** Grows by one with every snapshot. */
  readonly generation: number;
  readonly blocks: readonly Block[];
}

/** Gives readers the present snapshot, and takes in that they have read it. */
export interface SnapshotSource {
  current(): Snapshot;
  /** A reader that scraped this snapshot was answered whole. */
  scraped(snapshot: Snapshot, reader: Reader): void;
  /** A receiver acknowledged a push of this snapshot. */
  pushed(snapshot: Snapshot): void;
}
