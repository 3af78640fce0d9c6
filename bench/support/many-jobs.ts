import { METRICS } from '../../src/metrics/catalogue.ts';
import type { Metric } from '../../src/metrics/metric.ts';
import type { Block, Sample, Snapshot, SnapshotSource } from '../../src/metrics/samples.ts';
import { unixSeconds } from '../../src/model/time.ts';

/** Upper bounds of the durations, the configuration's default. */
const BOUNDS = [10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 43_200, 86_400];

/** Series of one job: 6 gauges, 4 counters, and a histogram of 12 bounds (15 series). */
const SERIES_PER_JOB = 25;

const RESULTS = ['success', 'failure', 'cancellation'] as const;
const SUBJECTS = ['orders', 'customers', 'sessions', 'events', 'invoices', 'stock', 'clicks', 'campaigns'] as const;
const START = unixSeconds(1_795_000_000);

/** A source of snapshots whose jobs can be changed, as an engine would: a new block for each changed job. */
export interface ManyJobs extends SnapshotSource {
  /** Publishes a snapshot in which every `stride`-th job, from another one each time, has one run more. */
  change(stride: number): void;
}

/** Makes jobs with so many series in all. */
export function createManyJobs(series: number): ManyJobs {
  const runs = Array.from({ length: Math.round(series / SERIES_PER_JOB) }, (_, index) => 10 + (index % 90));
  let snapshot: Snapshot = { generation: 1, blocks: runs.map((count, index) => createBlock(index, count)) };
  return {
    current: () => snapshot,
    scraped: () => {},
    pushed: () => {},
    change(stride) {
      const first = snapshot.generation % stride;
      const blocks = snapshot.blocks.map((block, index) => {
        if (index % stride !== first) return block;
        const count = (runs[index] ?? 0) + 1;
        runs[index] = count;
        return createBlock(index, count);
      });
      snapshot = { generation: snapshot.generation + 1, blocks };
    },
  };
}

function createBlock(index: number, runs: number): Block {
  const counter = (labels: readonly string[], value: number): Sample => ({
    labels,
    value,
    createdAt: START,
    exemplar: { runId: `run-${index}-${runs}`, value: 1, at: START },
  });
  const gauge = (value: number): readonly Sample[] => [{ labels: [], value, createdAt: null, exemplar: null }];
  const counts = [...BOUNDS.map((_, bucket) => (runs * (bucket + 3)) % 17), 1];
  const count = counts.reduce((sum, bucket) => sum + bucket, 0);
  const duration = {
    labels: ['result', 'success'],
    value: { bounds: BOUNDS, counts, sum: runs * 137.25, count },
    createdAt: START,
    exemplar: { runId: `run-${index}-${runs}`, value: 137.25, at: START },
  };
  const end = START + runs * 3600 + index;
  const name = `load ${SUBJECTS[index % SUBJECTS.length]} ${(index * 7919) % 100_003}`;
  return {
    labels: `vendor|snowplow|target|acme-${index % 5}|workspace|production|job_name|${name}|job_kind|data_model`.split(
      '|',
    ),
    families: new Map<Metric, readonly Sample[]>([
      [METRICS.runsFinished, RESULTS.map((result, at) => counter(['result', result], at === 0 ? runs : at))],
      [METRICS.runDuration, [duration]],
      [METRICS.lastRunStart, gauge(end - 137.25)],
      [METRICS.lastRunEnd, gauge(end)],
      [METRICS.lastRunDuration, gauge(137.25)],
      [METRICS.lastSuccess, gauge(end)],
      [METRICS.jobFirstSeen, gauge(START)],
      [METRICS.jobExpectedInterval, gauge(86_400)],
      [METRICS.runsReopened, [{ labels: [], value: 0, createdAt: START, exemplar: null }]],
    ]),
  };
}
