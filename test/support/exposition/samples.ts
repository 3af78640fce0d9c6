import { METRICS } from '../../../src/metrics/catalogue.ts';
import type { Metric } from '../../../src/metrics/metric.ts';
import type { Block, HistogramValue, Sample, Snapshot } from '../../../src/metrics/samples.ts';
import { unixSeconds } from '../../../src/model/time.ts';

/** A sample with what matters to a test; without labels, creation time and exemplar unless given. */
export function sample(value: number | HistogramValue, rest: Partial<Sample> = {}): Sample {
  return { labels: [], value, createdAt: null, exemplar: null, ...rest };
}

/** A histogram's value from its bounds and the observations in each bucket, the one for +Inf last. */
export function histogramValue(bounds: readonly number[], counts: readonly number[], sum: number): HistogramValue {
  return { bounds, counts, sum, count: counts.reduce((total, count) => total + count, 0) };
}

/** A block of a job with the given name. */
export function jobBlock(jobName: string, families: readonly (readonly [Metric, readonly Sample[]])[]): Block {
  return { labels: ['vendor', 'snowplow', 'job_name', jobName], families: new Map(families) };
}

/** A block of a job that shows one counter, and nothing else. */
export function countingBlock(jobName: string, runs: number): Block {
  return jobBlock(jobName, [[METRICS.runsFinished, [sample(runs, { labels: ['result', 'success'] })]]]);
}

/** A snapshot of some blocks. */
export function snapshot(generation: number, blocks: readonly Block[]): Snapshot {
  return { generation, blocks };
}

/** An exemplar of a run, at a fixed time. */
export function exemplar(runId: string, value: number): Sample['exemplar'] {
  return { runId, value, at: unixSeconds(1_795_000_000.5) };
}
