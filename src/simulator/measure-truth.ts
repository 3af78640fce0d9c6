/** Counts the runs and rows of a span from the courses of the runs, not from a simulator's lists. */
import { RESULTS, ROW_OUTCOMES, type RowCounts } from '../model/run.ts';
import { earlier, later, type UnixSeconds } from '../model/time.ts';
import { type Course, type PlannedJob, plotCourse, type PlannedResult, runIndexes } from './course.ts';
import { isShown, resultAt, rowsAt } from './show-run.ts';
import type { Truth, TruthOfRows, TruthOfRuns } from './world.ts';

/** The truth about jobs' runs in the span after `from`, up to and including `to`. */
export function measureTruth(planned: readonly PlannedJob[], from: UnixSeconds, to: UnixSeconds): Truth {
  const jobs = planned.map((job) => measureJob(job, from, to));
  return { from, to, runs: jobs.flatMap(({ runs }) => runs), rows: jobs.flatMap(({ rows }) => rows) };
}

function measureJob(
  planned: PlannedJob,
  start: UnixSeconds,
  to: UnixSeconds,
): { runs: readonly TruthOfRuns[]; rows: readonly TruthOfRows[] } {
  const from = later(start, planned.grantedAt);
  const courses = [...runIndexes(planned, from, to)]
    .map((runIndex) => plotCourse(planned, runIndex))
    .filter((course) => course.shownAt <= to);
  const ended = courses.filter(({ endShownAt }) => from < endShownAt && endShownAt <= to);
  const results = Map.groupBy(ended, (course) => latestResult(course, to));
  const { job } = planned;
  const of = { vendor: job.vendor, jobId: job.id, workspace: job.workspace, job: job.name, kind: job.kind };
  return {
    runs: RESULTS.flatMap((result) => {
      const runs = result === 'unknown' ? 0 : (results.get(result)?.length ?? 0);
      return runs === 0 || result === 'unknown' ? [] : [{ ...of, result, runs }];
    }),
    rows: ROW_OUTCOMES.flatMap((outcome) => {
      const rows = courses.reduce(
        (sum, course) => sum + (rowsShown(course, to)[outcome] ?? 0) - (rowsShown(course, from)[outcome] ?? 0),
        0,
      );
      return rows === 0 ? [] : [{ ...of, outcome, rows }];
    }),
  };
}

/** While a run is being run again, its first result still stands. */
function latestResult(course: Course, at: UnixSeconds): PlannedResult {
  return resultAt(course, at) ?? course.result;
}

function rowsShown(course: Course, at: UnixSeconds): RowCounts {
  if (at < course.shownAt) return {};
  return rowsAt(course, isShown(course, at) ? at : earlier(at, course.vanishesAt)) ?? {};
}
