import { CATALOGUE } from '../../../src/metrics/catalogue.ts';
import { type Metric, OWNER_LABELS, type Owner } from '../../../src/metrics/metric.ts';
import type { Block, Sample, Snapshot } from '../../../src/metrics/samples.ts';
import { type UnixSeconds, unixSeconds } from '../../../src/model/time.ts';
import { histogramValue } from '../exposition/samples.ts';

/** When every counter and histogram of `everyMetric` began. */
const CREATED_AT: UnixSeconds = unixSeconds(1_795_000_000.25);

/** Values that quoting, escaping or trimming would spoil. */
const AWKWARD = ['plain', 'with "quotes"', 'back\\slash', 'two\nlines', 'Ünïcödé ✓', 'a=b,c{d}', '(other)'] as const;

/** A snapshot with every metric of the catalogue, each with several series, no two values alike. */
export function everyMetric(generation = 1): Snapshot {
  let value = 0;
  const samplesOf = (metric: Metric): readonly Sample[] => {
    const names = metric.name === 'datajobs_target_info' ? ['team'] : metric.labels;
    return (names.length === 0 ? ['only'] : AWKWARD).map((text): Sample => {
      value += 1;
      const isGauge = metric.kind === 'gauge';
      return {
        labels: names.flatMap((name) => [name, text]),
        value:
          metric.kind === 'histogram'
            ? histogramValue([0.05, 10, 2_592_000], [value, 2, 0, 1], value + 0.125)
            : isGauge
              ? value + 0.5
              : value,
        createdAt: isGauge ? null : CREATED_AT,
        exemplar: null,
      };
    });
  };
  const blockOf = (owner: Owner, identity: string): Block => ({
    labels: OWNER_LABELS[owner].flatMap((name) => [name, name === 'vendor' ? 'snowplow' : `${name} ${identity}`]),
    families: new Map(
      CATALOGUE.filter((metric) => metric.owner === owner).map((metric) => [metric, samplesOf(metric)]),
    ),
  });
  const jobs = AWKWARD.map((identity) => blockOf('job', identity));
  return { generation, blocks: [...jobs, blockOf('target', 'one'), blockOf('target', 'two'), blockOf('exporter', '')] };
}
