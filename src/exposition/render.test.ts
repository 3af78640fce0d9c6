import { describe, expect, it } from 'vitest';
import { METRICS } from '../metrics/catalogue.ts';
import type { Metric } from '../metrics/metric.ts';
import type { Sample } from '../metrics/samples.ts';
import { unixSeconds } from '../model/time.ts';
import { createRenderer, type RenderOptions } from './render.ts';
import { exemplar, histogramValue, jobBlock, sample } from '../../test/support/exposition/samples.ts';

function render(options: Partial<RenderOptions>, metric: Metric, ...samples: readonly Sample[]): string {
  const renderer = createRenderer({ format: 'text', created: false, ...options });
  return renderer.head(metric) + renderer.samples(metric, jobBlock('nightly', [[metric, samples]]), samples);
}

const startedAt = unixSeconds(1_794_000_000.25);
const finished = sample(3, {
  labels: ['result', 'success'],
  createdAt: startedAt,
  exemplar: exemplar('run-7', 1),
});
const durations = sample(histogramValue([0.05, 10, 2_592_000], [1, 2, 0, 1], 3_000_012.5), {
  createdAt: startedAt,
  exemplar: exemplar('run-7', 10),
});

describe('the text format', () => {
  it('writes counters under their full name, without exemplars', () => {
    expect(render({}, METRICS.runsFinished, finished)).toBe(`\
# HELP datajobs_runs_finished_total Finished runs by result, each counted exactly once, also over restarts and outages.
# TYPE datajobs_runs_finished_total counter
datajobs_runs_finished_total{vendor="snowplow",job_name="nightly",result="success"} 3
`);
  });

  it('writes histograms with rising buckets, bounds as Go prints them, a sum and a count', () => {
    expect(render({ created: true }, METRICS.runQueue, durations)).toBe(`\
# HELP datajobs_run_queue_seconds Time from creation (or scheduled time) to start of finished runs, where the vendor says both.
# TYPE datajobs_run_queue_seconds histogram
datajobs_run_queue_seconds_bucket{vendor="snowplow",job_name="nightly",le="0.05"} 1
datajobs_run_queue_seconds_bucket{vendor="snowplow",job_name="nightly",le="10"} 3
datajobs_run_queue_seconds_bucket{vendor="snowplow",job_name="nightly",le="2.592e+06"} 3
datajobs_run_queue_seconds_bucket{vendor="snowplow",job_name="nightly",le="+Inf"} 4
datajobs_run_queue_seconds_sum{vendor="snowplow",job_name="nightly"} 3000012.5
datajobs_run_queue_seconds_count{vendor="snowplow",job_name="nightly"} 4
`);
  });

  it('leaves quotes in help texts as they are', () => {
    expect(render({}, METRICS.lastSuccess)).toContain('with result "success".\n');
  });

  it('writes a family without any labels without braces', () => {
    const block = { labels: [], families: new Map() };

    const lines = createRenderer({ format: 'text', created: false }).samples(METRICS.ledgerRuns, block, [sample(5)]);

    expect(lines).toBe('datajobs_ledger_runs 5\n');
  });
});

describe('OpenMetrics', () => {
  it('names counter families without _total, with unit, creation time and exemplar', () => {
    expect(render({ format: 'openmetrics', created: true }, METRICS.historyGap, finished)).toBe(`\
# HELP datajobs_history_gap_seconds Time that lies between two polls but beyond the vendor's reach: runs of that time cannot be counted.
# TYPE datajobs_history_gap_seconds counter
# UNIT datajobs_history_gap_seconds seconds
datajobs_history_gap_seconds_total{vendor="snowplow",job_name="nightly",result="success"} 3 # {run_id="run-7"} 1 1795000000.5
datajobs_history_gap_seconds_created{vendor="snowplow",job_name="nightly",result="success"} 1794000000.25
`);
  });

  it('puts an exemplar on the bucket that holds its value, bounds in canonical form', () => {
    expect(render({ format: 'openmetrics', created: true }, METRICS.runQueue, durations)).toBe(`\
# HELP datajobs_run_queue_seconds Time from creation (or scheduled time) to start of finished runs, where the vendor says both.
# TYPE datajobs_run_queue_seconds histogram
# UNIT datajobs_run_queue_seconds seconds
datajobs_run_queue_seconds_bucket{vendor="snowplow",job_name="nightly",le="0.05"} 1
datajobs_run_queue_seconds_bucket{vendor="snowplow",job_name="nightly",le="10.0"} 3 # {run_id="run-7"} 10 1795000000.5
datajobs_run_queue_seconds_bucket{vendor="snowplow",job_name="nightly",le="2.592e+06"} 3
datajobs_run_queue_seconds_bucket{vendor="snowplow",job_name="nightly",le="+Inf"} 4
datajobs_run_queue_seconds_sum{vendor="snowplow",job_name="nightly"} 3000012.5
datajobs_run_queue_seconds_count{vendor="snowplow",job_name="nightly"} 4
datajobs_run_queue_seconds_created{vendor="snowplow",job_name="nightly"} 1794000000.25
`);
  });

  it('puts an exemplar above the last bound on the +Inf bucket', () => {
    const slow = sample(histogramValue([10], [0, 1], 99), { exemplar: exemplar('run-8', 99) });

    expect(render({ format: 'openmetrics' }, METRICS.runQueue, slow)).toContain(
      'le="+Inf"} 1 # {run_id="run-8"} 99 1795000000.5\n',
    );
  });

  it('has no _created lines unless asked', () => {
    expect(render({ format: 'openmetrics' }, METRICS.runsFinished, finished)).not.toContain('_created');
  });

  it('has no _created line and no exemplar on a gauge', () => {
    const page = render({ format: 'openmetrics', created: true }, METRICS.runsActive, finished);

    expect(page.split('\n').at(-2)).toBe(
      'datajobs_runs_active{vendor="snowplow",job_name="nightly",result="success"} 3',
    );
  });

  it.each([
    ['keeps', 122, true],
    ['leaves out', 123, false],
  ])('%s an exemplar whose labels have 6 and %i characters', (_, characters, shown) => {
    const counted = sample(1, { exemplar: exemplar('🦉'.repeat(characters), 1) });

    expect(render({ format: 'openmetrics' }, METRICS.runsFinished, counted).includes('🦉')).toBe(shown);
  });

  it('escapes quotes in help texts', () => {
    expect(render({ format: 'openmetrics' }, METRICS.lastSuccess)).toContain('with result \\"success\\".\n');
  });
});
