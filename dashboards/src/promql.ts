/**
 * PromQL as the dashboards use it, from the catalogue's metrics alone. One series may arrive in several copies (by scrape
 * and by OTLP push, from replicas, from an old and a new instance). Every query first folds the copies into one, by the
 * family's own labels, so that no sum is doubled.
 */
import { METRICS } from '../../src/metrics/catalogue.ts';
import { OWNER_LABELS } from '../../src/metrics/metric.ts';
import type { Metric } from '../../src/metrics/metric.ts';

/** Matchers by label, operator included: `{ result: '="failure"' }`. */
export type Matchers = Readonly<Record<string, string>>;

/** Part of a histogram. */
type Part = '_bucket' | '_sum' | '_count';

/** A metric narrowed by matchers; matchers on labels that it does not have are left out. */
export interface Selection {
  readonly metric: Metric;
  readonly where: Matchers;
  readonly part?: Part;
}

const JOB_LABELS = OWNER_LABELS.job.join(', ');

function ownLabels({ metric, part }: Selection): readonly string[] {
  return [...OWNER_LABELS[metric.owner], ...metric.labels, ...(part === '_bucket' ? ['le'] : [])];
}

function braces(where: Matchers, has: (label: string) => boolean): string {
  const matchers = Object.entries(where).flatMap(([label, matcher]) => (has(label) ? [label + matcher] : []));
  return matchers.length === 0 ? '' : `{${matchers.join(', ')}}`;
}

function selector(selection: Selection): string {
  const labels = ownLabels(selection);
  return selection.metric.name + (selection.part ?? '') + braces(selection.where, (label) => labels.includes(label));
}

function folded(selection: Selection, operator: 'max' | 'min', inner: string): string {
  // One bucket has two spellings of its bound: "10.0" by scrape, "10" by other ways in.
  const spelled = selection.part === '_bucket' ? `label_replace(${inner}, "le", "$1", "le", "(.+)\\\\.0")` : inner;
  const labels = ownLabels(selection);
  // The exporter's own metrics are told apart by who scraped or pushed them: two exporters are two things.
  return `${operator} by (${(labels.length === 0 || selection.metric.owner === 'exporter' ? ['job', 'instance', ...labels] : labels).join(', ')}) (${spelled})`;
}

/** The present value, one series for each label set of the family. */
export function fold(selection: Selection): string {
  return folded(selection, 'max', selector(selection));
}

/**
 * By how much a durable counter has grown over `range`, exactly: a difference, where `increase()` extrapolates. What
 * began within the range counts from its first value, which is 0 for what is new.
 */
export function gained(selection: Selection, range: '$__range' | '$__interval'): string {
  const series = selector(selection);
  const then = folded(selection, 'max', `${series} offset ${range}`);
  const first = folded(selection, 'min', `min_over_time(${series}[${range}])`);
  return `(${fold(selection)} - (${then} or ${first}))`;
}

/**
 * Finished runs of `range` by what the vendor calls them now: a result that it changed afterwards leaves the one it was
 * counted with and joins the other. Never less than 0 of a result, though a run of before `range` may have left it.
 *
 * @param by labels to keep
 * @param where `result` narrows to results as they are now
 */
export function gainedRuns(by: readonly string[], where: Matchers, range: '$__range' | '$__interval'): string {
  const corrected = (side: 'from' | 'to', sign: '' | '-'): string => {
    const { result, ...others } = where;
    const matchers = result === undefined ? others : { ...others, [side]: result };
    const runs = gained({ metric: METRICS.runCorrections, where: matchers }, range);
    return `label_replace(${sign}${runs}, "result", "$1", "${side}", "(.+)")`;
  };
  const counted = gained({ metric: METRICS.runsFinished, where }, range);
  const inner = by.includes('result') ? by : [...by, 'result'];
  const present = sum(inner, `${counted} or ${corrected('to', '')} or ${corrected('from', '-')}`);
  return inner === by ? `clamp_min(${present}, 0)` : sum(by, `clamp_min(${present}, 0)`);
}

/** Growth a minute of a counter of this process, which starts anew with each process. */
export function perMinute(selection: Selection): string {
  return folded(selection, 'max', `60 * rate(${selector(selection)}[$__rate_interval])`);
}

/** A series of recording.yml about jobs, narrowed like the metrics. */
export function recorded(name: `datajobs:${string}`, where: Matchers): string {
  return name + braces(where, () => true);
}

/** A sum that keeps these labels; none: one number. */
export function sum(by: readonly string[], expression: string): string {
  return by.length === 0 ? `sum(${expression})` : `sum by (${by.join(', ')}) (${expression})`;
}

/** Number of series, 0 where there are none. */
export function count(expression: string): string {
  return `count(${expression}) or vector(0)`;
}

/** The largest of each job, whatever else tells its series apart. */
export function ofJob(operator: 'max' | 'min' | 'sum', expression: string): string {
  return `${operator} by (${JOB_LABELS}) (${expression})`;
}

/** The share of `part` in `whole`, absent where the whole is 0. */
export function ratio(part: string, whole: string): string {
  return `${part} / (${whole} > 0)`;
}

/**
 * Series over time in the order of vendor, workspace and job. Prometheus sorts by labels, the first by alphabet first,
 * and that would be the kind.
 */
export function byVendorAndName(expression: string): string {
  return `label_join(${expression}, "by", " ", "vendor", "workspace", "job_name")`;
}
