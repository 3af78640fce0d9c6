import { newestEnd } from '../ledger/recent-runs.ts';
import {
  type JobRecord,
  OTHER,
  type RecentRun,
  type RunRecord,
  seriesKey,
  stateOf,
  type TotalRecord,
} from '../ledger/records.ts';
import { type Health, type LiveRun, type Result, ROW_OUTCOMES, type State } from '../model/run.ts';
import type { Seconds, UnixSeconds } from '../model/time.ts';
import { type Metric, METRICS } from './catalogue.ts';
import { toLabelValue } from './label-value.ts';
import type { Block, Exemplar, Sample } from './samples.ts';
import type { MetricKey } from './totals.ts';

/** What a vendor's runs can show at all. */
export interface JobTraits {
  readonly states: readonly State[];
  readonly results: readonly Result[];
  readonly progress: boolean;
  readonly health: boolean;
  readonly acknowledgement: boolean;
}

/** All that is known of one job, or of all folded jobs together. */
export interface JobView {
  readonly vendor: string;
  readonly target: string;
  /** `OTHER` for the folded jobs. */
  readonly job: JobRecord | typeof OTHER;
  readonly totals: ReadonlyMap<string, TotalRecord>;
  /** Its live runs. */
  readonly live: readonly RunRecord[];
  /** What the last good poll said of live runs beyond what the ledger keeps, by run id. */
  readonly seen: ReadonlyMap<string, LiveRun>;
  readonly traits: JobTraits;
  /** Whether the last poll read what lists the job. */
  readonly isRead: boolean;
  /** From the configuration's `expect`; null: nothing is expected. */
  readonly expectedInterval: Seconds | null;
  /** By `seriesKey`. */
  readonly exemplars: ReadonlyMap<string, Exemplar>;
}

/** A gauge's sample. */
export function gauge(value: number, labels: readonly string[] = []): Sample {
  return { labels, value, createdAt: null, exemplar: null };
}

/** Sets families one by one, leaving out those without samples. */
export function createFamilies(): {
  set(metric: Metric, samples: readonly Sample[]): void;
  map: Map<Metric, readonly Sample[]>;
} {
  const map = new Map<Metric, readonly Sample[]>();
  return { map, set: (metric, samples) => void (samples.length > 0 && map.set(metric, samples)) };
}

/** Samples of durable totals as readers are shown them, by metric. */
export function totalSamples(
  totals: ReadonlyMap<string, TotalRecord>,
  exemplars: ReadonlyMap<string, Exemplar>,
): ReadonlyMap<Metric, readonly Sample[]> {
  const samples = new Map<Metric, Sample[]>();
  for (const { metric: key, labels, value, published, createdAt } of totals.values()) {
    const metric: Metric | undefined = METRICS[key as MetricKey];
    if (metric === undefined) continue;
    const ofMetric = samples.get(metric) ?? [];
    samples.set(metric, ofMetric);
    // While a series is held, its newest run is not in what is shown.
    const exemplar = value === published ? (exemplars.get(seriesKey(key, labels)) ?? null) : null;
    ofMetric.push({ labels, value: published, createdAt, exemplar });
  }
  return samples;
}

/** What is shown of one job. @see spec section 3 */
export function jobBlock(view: JobView): Block {
  const { job, traits } = view;
  const families = createFamilies();
  for (const [metric, samples] of totalSamples(view.totals, view.exemplars)) families.set(metric, samples);
  setActive(families, view);
  if (job !== OTHER) {
    const newest = job.recent[0];
    if (newest !== undefined) setLastRun(families, newest, traits);
    const success = newestEnd(job, 'success');
    const failure = newestEnd(job, 'failure');
    if (success !== null) families.set(METRICS.lastSuccess, [gauge(success)]);
    if (failure !== null) families.set(METRICS.lastFailure, [gauge(failure)]);
    families.set(METRICS.jobFirstSeen, [gauge(job.firstSeenAt)]);
    families.set(METRICS.jobLastReadSuccessful, [gauge(view.isRead ? 1 : 0)]);
    families.set(METRICS.jobInfo, [gauge(1, ['job_id', toLabelValue(job.id ?? ''), 'url', job.url ?? ''])]);
    if (view.expectedInterval !== null) families.set(METRICS.jobExpectedInterval, [gauge(view.expectedInterval)]);
  }
  const names = job === OTHER ? ['', OTHER, ''] : [job.workspace, job.shownName, job.kind];
  const [workspace = '', name = '', kind = ''] = names.map(toLabelValue);
  const labels = [
    'vendor',
    view.vendor,
    'target',
    view.target,
    'workspace',
    workspace,
    'job_name',
    name,
    'job_kind',
    kind,
  ];
  return { labels, families: families.map };
}

/** The state that a live run is shown in; null once it left the gauges. */
function shownState(run: RunRecord): State | null {
  return run.life.phase === 'hidden' ? null : stateOf(run);
}

/** Since when a run is in its state, as far as the vendor says: creation while pending, else start. */
function begin(run: RunRecord): UnixSeconds | null {
  return stateOf(run) === 'pending' ? (run.createdAt ?? run.startedAt) : (run.startedAt ?? run.createdAt);
}

function oldest(runs: readonly RunRecord[]): RunRecord | null {
  return runs.reduce<RunRecord | null>((first, run) => {
    const begun = begin(run);
    if (begun === null) return first;
    return first === null || begun < (begin(first) ?? Infinity) ? run : first;
  }, null);
}

function setActive(families: ReturnType<typeof createFamilies>, { live, seen, traits }: JobView): void {
  const shown = live.filter((run) => shownState(run) !== null);
  const inState = (state: State): readonly RunRecord[] => shown.filter((run) => stateOf(run) === state);
  families.set(
    METRICS.runsActive,
    traits.states.map((state) => gauge(inState(state).length, ['state', state])),
  );
  families.set(
    METRICS.activeRunOldestStart,
    traits.states.flatMap((state) => {
      const first = oldest(inState(state));
      const begun = first === null ? null : begin(first);
      return begun === null ? [] : [gauge(begun, ['state', state])];
    }),
  );
  if (traits.progress) {
    const first = oldest(shown.filter(({ id }) => (seen.get(id)?.progress ?? null) !== null));
    const progress = first === null ? null : (seen.get(first.id)?.progress ?? null);
    if (progress !== null) families.set(METRICS.activeRunProgress, [gauge(progress)]);
  }
  if (traits.health) {
    const countOf = (health: Health): number => shown.filter(({ id }) => seen.get(id)?.health === health).length;
    families.set(METRICS.runsUnhealthy, [gauge(countOf('error'))]);
    families.set(METRICS.runsWithWarnings, [gauge(countOf('warning'))]);
  }
}

function setLastRun(families: ReturnType<typeof createFamilies>, run: RecentRun, traits: JobTraits): void {
  const results = traits.results.includes(run.result) ? traits.results : [...traits.results, run.result];
  families.set(
    METRICS.lastRunResult,
    results.map((result) => gauge(result === run.result ? 1 : 0, ['result', result])),
  );
  if (traits.health) families.set(METRICS.lastRunWarning, [gauge((run.warning ?? null) === null ? 0 : 1)]);
  if (traits.acknowledgement) families.set(METRICS.lastRunAcknowledged, [gauge(run.acknowledged ? 1 : 0)]);
  if (run.startedAt !== null) families.set(METRICS.lastRunStart, [gauge(run.startedAt)]);
  families.set(METRICS.lastRunEnd, [gauge(run.endedAt)]);
  if (run.duration !== null) families.set(METRICS.lastRunDuration, [gauge(run.duration)]);
  if (run.exitCode !== null) families.set(METRICS.lastRunExitCode, [gauge(run.exitCode)]);
  const { rows } = run;
  if (rows !== null) {
    families.set(
      METRICS.lastRunRows,
      ROW_OUTCOMES.flatMap((outcome) => {
        const count = rows[outcome];
        return count === undefined ? [] : [gauge(count, ['outcome', outcome])];
      }),
    );
  }
}
