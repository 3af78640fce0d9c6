/**
 * Makes a world of a seed, a plan and a clock. History is computed when it is asked for. Runs that will not
 * change any more are kept, as simulators list the same days again and again.
 */
import type { Clock } from '../model/clock.ts';
import { earlier, type UnixSeconds, unixSeconds } from '../model/time.ts';
import { checkPlan } from './check-plan.ts';
import { type Course, type PlannedJob, plotCourse, runIndexes } from './course.ts';
import { draw, hashText, toFraction } from './draw.ts';
import { fromRunUuid, uuidOf } from './identity.ts';
import { measureTruth } from './measure-truth.ts';
import { fromRunNumber, showRun } from './show-run.ts';
import type { JobPlan, World, WorldQuery, WorldRun } from './world.ts';

export interface WorldOptions {
  /** Worlds of the same seed, plan and `since` are the same. */
  readonly seed: number | string;
  readonly clock: Clock;
  readonly plan: readonly JobPlan[];
  /** The world's beginning. */
  readonly since: UnixSeconds;
}

/**
 * Creates a world in which run number k of a job is created at `since + phase + k × every` (and a little later),
 * so that an hour of a month costs an hour's work.
 *
 * @throws Error naming every problem of the plan.
 */
export function createWorld({ seed: seedOption, clock, plan, since }: WorldOptions): World {
  checkPlan(plan);
  const seed = hashText(String(seedOption));
  const planned = toPlannedJobs(seed, plan, since);
  const plannedOf = (vendor: string): readonly PlannedJob[] => planned.filter(({ job }) => job.vendor === vendor);

  const settled = new Map<PlannedJob, Map<number, WorldRun>>(planned.map((job) => [job, new Map()]));

  function showRunOf(job: PlannedJob, runIndex: number, now: UnixSeconds): WorldRun | null {
    const known = settled.get(job)?.get(runIndex);
    if (known !== undefined) return known;
    if (now < job.grantedAt) return null;
    const course = plotCourse(job, runIndex);
    const run = showRun(seed, course, now);
    if (run !== null && isSettled(course, now)) settled.get(job)?.set(runIndex, run);
    return run;
  }

  function runsOf(job: PlannedJob, { from, to }: WorldQuery, now: UnixSeconds): readonly WorldRun[] {
    const until = earlier(now, to ?? now);
    const runs: WorldRun[] = [];
    for (const runIndex of runIndexes(job, earlier(now, from ?? since), until)) {
      const run = showRunOf(job, runIndex, now);
      if (run === null || run.createdAt > until) continue;
      if (run.endedAt === null || from === undefined || run.endedAt >= from) runs.push(run);
    }
    return runs;
  }

  function find(vendor: string, id: string | number): { job: PlannedJob; runIndex: number } | null {
    const jobs = plannedOf(vendor);
    const isNumber = typeof id === 'number' || /^\d+$/.test(id);
    const byUuid = isNumber ? null : fromRunUuid(seed, id);
    const byNumber = isNumber ? fromRunNumber(jobs.length, Number(id)) : null;
    const job = byUuid === null ? jobs[byNumber?.vendorIndex ?? -1] : planned[byUuid.jobIndex];
    const runIndex = (byUuid ?? byNumber)?.runIndex;
    return job?.job.vendor === vendor && runIndex !== undefined ? { job, runIndex } : null;
  }

  return {
    since,
    now: () => clock.now(),
    jobs: (vendor) => plannedOf(vendor).map(({ job }) => job),
    runs(query) {
      const now = clock.now();
      return plannedOf(query.vendor)
        .filter(({ job }) => query.jobId === undefined || job.id === query.jobId)
        .flatMap((job) => runsOf(job, query, now))
        .toSorted((a, b) => a.createdAt - b.createdAt || a.number - b.number);
    },
    run(vendor, id) {
      const found = find(vendor, id);
      return found === null ? null : showRunOf(found.job, found.runIndex, clock.now());
    },
    truth: ({ vendor, from, to }) =>
      measureTruth(vendor === undefined ? planned : plannedOf(vendor), from, earlier(to, clock.now())),
    random: (key) => toFraction(hashText(key, seed)),
  };
}

/** True if nothing about the run will change any more, as long as the world's time does not run backwards. */
function isSettled({ endShownAt, revision, vanishesAt }: Course, now: UnixSeconds): boolean {
  const isRevised = revision === null || (now >= revision.at && now >= revision.endedAt);
  return now >= endShownAt && isRevised && vanishesAt === Number.POSITIVE_INFINITY;
}

/** Gives every job its ids. A job's draws depend on its names alone, so that another job in the plan changes nothing. */
function toPlannedJobs(seed: number, plan: readonly JobPlan[], since: UnixSeconds): readonly PlannedJob[] {
  const namesakes = new Map<string, number>();
  return plan.map((jobPlan, index): PlannedJob => {
    const { vendor, name, kind, workspace } = jobPlan;
    const sameVendor = plan.filter((other) => other.vendor === vendor);
    const vendorIndex = plan.slice(0, index).filter((other) => other.vendor === vendor).length;
    const names = JSON.stringify([vendor, workspace, kind, name]);
    const namesake = namesakes.get(names) ?? 0;
    namesakes.set(names, namesake + 1);
    const identity = `job ${names} ${namesake}`;
    const jobSeed = hashText(identity, seed);
    const workspaces = [...new Set(sameVendor.map((other) => other.workspace))];
    return {
      plan: jobPlan,
      job: {
        vendor,
        id: uuidOf(seed, identity),
        number: 1001 + vendorIndex,
        name,
        kind,
        workspace,
        workspaceId: uuidOf(seed, `workspace ${JSON.stringify([vendor, workspace])}`),
        workspaceNumber: 11 + workspaces.indexOf(workspace),
        streaming: jobPlan.streaming === true,
        untimed: jobPlan.untimed === true,
      },
      index,
      vendorIndex,
      vendorCount: sameVendor.length,
      seed: jobSeed,
      grantedAt: unixSeconds(since + (jobPlan.grantedAfter ?? 0)),
      firstAt: unixSeconds(since + (jobPlan.phase ?? draw(jobSeed, 'phase') * longestPhase(jobPlan))),
    };
  });
}

/** Streaming jobs run from the start, the others begin somewhere in their interval. */
function longestPhase({ streaming, every }: JobPlan): number {
  return streaming === true ? Math.min(60, every / 10) : every;
}
