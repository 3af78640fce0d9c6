/** Runs as they really were in a simulated world, and as the exporter shows them, in forms that compare as wholes. */
import type { UnixSeconds } from '../../src/model/time.ts';
import type { TruthOfRuns, World, WorldJob } from '../../src/simulator/world.ts';
import { tellsEnd } from '../../src/simulator/vendors/polaris.ts';
import type { Exposition } from './exposition.ts';

/** `polaris realtime orders [batch] success` → 3. Only what is above 0. */
export type Tally = Readonly<Record<string, number>>;

/** Everything of a world that the exporter has to count exactly. */
export interface Counted {
  readonly runs: Tally;
  /** Number of durations that are known: of every run that started, other than those that stream or end without saying when. */
  readonly durations: Tally;
  /** Snowplow's steps. */
  readonly steps: Tally;
  /** Polaris' rows. */
  readonly rows: Tally;
}

type Ended = Omit<TruthOfRuns, 'result' | 'runs'>;

/** Counts of the runs that ended after `from`, up to and including `to`, as they really are. */
export function countTruth(world: World, { from, to }: { from: UnixSeconds; to: UnixSeconds }): Counted {
  const truth = world.truth({ from, to });
  const vendors = [...new Set(truth.runs.map(({ vendor }) => vendor))];
  const ended = vendors
    .flatMap((vendor) => world.runs({ vendor, from, to }))
    .filter(({ endedAt }) => endedAt !== null && endedAt > from && endedAt <= to);
  const started = ended.filter(
    (run) =>
      run.startedAt !== null &&
      !run.job.streaming &&
      !run.job.untimed &&
      (run.job.vendor !== 'polaris' || tellsEnd(world, run)),
  );
  return {
    runs: tally(truth.runs.map((run) => [`${nameOf(run)} ${run.result}`, run.runs])),
    durations: tally(started.map(({ job, phase }) => [`${nameOf(toEnded(job))} ${phase}`, 1])),
    steps: tally(
      ended
        .filter(({ job }) => job.vendor === 'snowplow')
        .flatMap(({ job, steps }) =>
          steps.map(({ name, result }) => [`${nameOf(toEnded(job))} ${name} ${result}`, 1] as const),
        ),
    ),
    rows: tally(truth.rows.map((rows) => [`${nameOf(rows)} ${rows.outcome}`, rows.rows])),
  };
}

/** The same counts as a page of metrics shows them. */
export function countShown(page: Exposition): Counted {
  const read = (name: string, ...labels: readonly string[]): Tally =>
    tally(
      page.select(name).map(({ labels: own, value }) => {
        const { vendor, workspace, job_name: job, job_kind: kind } = own;
        const place = vendor === 'polaris' ? '' : `${workspace} `;
        return [`${vendor} ${place}${job} [${kind}] ${labels.map((label) => own[label]).join(' ')}`, value];
      }),
    );
  return {
    runs: read('datajobs_runs_finished_total', 'result'),
    durations: read('datajobs_run_duration_seconds_count', 'result'),
    steps: read('datajobs_steps_finished_total', 'step', 'result'),
    rows: read('datajobs_rows_total', 'outcome'),
  };
}

/** Runs that ended by vendor and result, as `sum by (vendor, result)` shows them: `tailer failure` → 2. */
export function countByResult(world: World, span: { from: UnixSeconds; to: UnixSeconds }): Tally {
  return tally(world.truth(span).runs.map(({ vendor, result, runs }) => [`${vendor} ${result}`, runs]));
}

function toEnded({ vendor, id: jobId, workspace, name: job, kind }: WorldJob): Ended {
  return { vendor, jobId, workspace, job, kind };
}

/**
 * A job in words that both sides know. Polaris' workspace is the project's id, so that it is left out; work of
 * Matatika that belongs to no pipeline goes by its type.
 */
function nameOf({ vendor, workspace, job, kind }: Ended): string {
  const name = vendor === 'matatika' && !kind.startsWith('PIPELINE_') ? kind : job;
  return `${vendor} ${vendor === 'polaris' ? '' : `${workspace} `}${name} [${kind}]`;
}

function tally(entries: readonly (readonly [string, number])[]): Tally {
  const sums = new Map<string, number>();
  for (const [name, count] of entries) if (count > 0) sums.set(name, (sums.get(name) ?? 0) + count);
  return Object.fromEntries([...sums].sort(([a], [b]) => (a < b ? -1 : 1)));
}
