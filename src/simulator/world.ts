/**
 * The simulated world: the events at the five vendors, which their simulated APIs then show. It is a pure function of
 * its seed, its plan and the clock, so the truth about any span of time can be asked for at any moment.
 */
import type { Router } from 'express';
import type { Result, RowCounts, RowOutcome, Step } from '../model/run.ts';
import type { Seconds, UnixSeconds } from '../model/time.ts';

/** A job of the world, in the words of its vendor. */
export interface WorldJob {
  readonly vendor: string;
  /** A UUID, the same in every world with this seed. */
  readonly id: string;
  /** A positive number, unique within the vendor, for vendors whose ids are numbers. */
  readonly number: number;
  readonly name: string;
  /** In the vendor's own words: `PIPELINE_RUN`, `batch`, `storage-to-storage`, an Adverity app label, … */
  readonly kind: string;
  /** In the vendor's own words: an environment, a stack, a workspace, a project. */
  readonly workspace: string;
  readonly workspaceId: string;
  readonly workspaceNumber: number;
  /** Never ends by itself; its rows grow. */
  readonly streaming: boolean;
  /** Its vendor says neither when its runs end nor how long they took. */
  readonly untimed: boolean;
}

export interface WorldStep extends Step {
  /** Names of the steps it waits for. */
  readonly dependencies: readonly string[];
  /** null while it waits or runs. */
  readonly startedAt: UnixSeconds | null;
}

/** A run as it stands at the world's present moment; nothing of its future shows. */
export interface WorldRun {
  readonly job: WorldJob;
  /** A UUID. */
  readonly id: string;
  /** A positive number, unique within the vendor. */
  readonly number: number;
  readonly createdAt: UnixSeconds;
  /** null until it started. */
  readonly startedAt: UnixSeconds | null;
  /** null until it ended. */
  readonly endedAt: UnixSeconds | null;
  /** `pending` until it starts, `executing` (`idle` or `paused` for streaming jobs now and then) until it ends, then its result. */
  readonly phase: 'pending' | 'executing' | 'idle' | 'paused' | Exclude<Result, 'unknown'>;
  /** 0 to 1 of the way to its end. */
  readonly progress: number;
  readonly healthy: boolean;
  /** Rows so far; null where the job moves none. */
  readonly rows: RowCounts | null;
  /** null until it ended. */
  readonly exitCode: number | null;
  /** Empty where the job has none. */
  readonly steps: readonly WorldStep[];
  /** A person marked the failure as handled. */
  readonly acknowledged: boolean;
  /** 0, and 1 once the vendor runs it again under the same id. */
  readonly attempt: number;
}

export interface WorldQuery {
  readonly vendor: string;
  /** Only this job's runs, by job id. */
  readonly jobId?: string;
  /** Only runs that exist at some moment of this span: created by `to`, and live or ended at or after `from`. */
  readonly from?: UnixSeconds;
  readonly to?: UnixSeconds;
}

/** A span of time in which runs ended: after `from`, up to and including `to`. */
interface TruthQuery {
  /** Only this vendor; left out: all of them. */
  readonly vendor?: string;
  readonly from: UnixSeconds;
  readonly to: UnixSeconds;
}

interface TruthOfJob {
  readonly vendor: string;
  readonly jobId: string;
  readonly workspace: string;
  readonly job: string;
  readonly kind: string;
}

/** The number of a job's runs that ended one way, each run once, by the latest result it had shown by the end of the span. */
export interface TruthOfRuns extends TruthOfJob {
  readonly result: Exclude<Result, 'unknown'>;
  readonly runs: number;
}

/** The number of rows that a job moved in the span, in runs that ended and runs that are live. */
export interface TruthOfRows extends TruthOfJob {
  readonly outcome: RowOutcome;
  readonly rows: number;
}

/** The true counts, to compare with those of a program that reads the simulators. Only counts above zero are there. */
export interface Truth {
  readonly from: UnixSeconds;
  /** Never after the world's present. */
  readonly to: UnixSeconds;
  /** In order of the plan, then of the results. */
  readonly runs: readonly TruthOfRuns[];
  readonly rows: readonly TruthOfRows[];
}

export interface World {
  now(): UnixSeconds;
  /** Nothing happened before this instant. */
  readonly since: UnixSeconds;
  jobs(vendor: string): readonly WorldJob[];
  /** In order of creation. */
  runs(query: WorldQuery): readonly WorldRun[];
  /** By UUID or number; null where there is no such run (yet, or any more). */
  run(vendor: string, id: string | number): WorldRun | null;
  /** Exact counts of what ended, as the simulators showed it, in a span. */
  truth(query: TruthQuery): Truth;
  /** 0 to 1, the same for the same key in every world with this seed. */
  random(key: string): number;
}

/** One vendor's API over the world: the documented wire, with its auth, paging, limits and error bodies. */
export interface Simulator {
  /** Mounted at the root of an origin of its own. */
  readonly router: Router;
  /**
   * The target of a config file that reads this simulator at `origin` (e.g. `http://127.0.0.1:41001`), complete with
   * credentials it accepts; `name` is up to the caller.
   */
  target(origin: string): Readonly<Record<string, unknown>>;
}

/** The function that `vendors/<vendor>.ts` exports as `createSimulator`. */
export type CreateSimulator = (world: World) => Simulator;

/** The behaviour of one job of a world; everything random is drawn from the world's seed, the job and the run's number. */
export interface JobPlan {
  readonly vendor: string;
  readonly name: string;
  readonly kind: string;
  readonly workspace: string;
  /** From one creation to the next. */
  readonly every: Seconds;
  /** Shortest and longest wait in the queue. */
  readonly queue: readonly [Seconds, Seconds];
  /** Shortest and longest time from start to end. Ignored for streaming jobs. */
  readonly duration: readonly [Seconds, Seconds];
  /** Relative weights; what is left out never happens. E.g. `{ success: 9, failure: 1 }`. */
  readonly results: Readonly<Partial<Record<Exclude<Result, 'unknown'>, number>>>;
  /** Spreads the results evenly: in any row of runs each comes as often as its weight says, rather than by chance. */
  readonly evenly?: boolean;
  /** In order; a bare name waits for the one before it. */
  readonly steps?: readonly StepPlan[];
  /** Rows a second while executing. */
  readonly rowsPerSecond?: number;
  /** One long run at a time, replaced by the next after `every`. */
  readonly streaming?: boolean;
  /** Of each `cycle` of a streaming job, this many hundredths it has nothing to do; rows then stand still. */
  readonly idlePercent?: number;
  /** Of each `cycle` of a streaming job, this many hundredths it is suspended; rows then stand still. */
  readonly pausedPercent?: number;
  /** Of all cycles, this many hundredths a live run is called unhealthy. */
  readonly unhealthyPercent?: number;
  /** Default 10 minutes. */
  readonly cycle?: Seconds;
  /** From the world's beginning to the first creation; drawn from 0 to `every` where left out. */
  readonly phase?: Seconds;
  /** This many runs out of a hundred hang: they stay executing for ever. */
  readonly stuckPercent?: number;
  /** This many live runs out of a hundred are deleted at the vendor: gone from lists and lookups, never ending. */
  readonly vanishPercent?: number;
  /** A run's end shows only this long after it happened. */
  readonly lateSeconds?: Seconds;
  /** A run shows at all only this long after its creation. */
  readonly hiddenSeconds?: Seconds;
  /**
   * No run of the job shows until so long after the world's beginning, then all of them: as if the
   * exporter's credentials were granted it then. For the truth, what had ended by then never happened.
   */
  readonly grantedAfter?: Seconds;
  /** The vendor says neither when a run ends nor how long it took (Tailer's `vm-launcher`, `table-to-storage`). */
  readonly untimed?: boolean;
  /**
   * Out of a hundred failed or cancelled runs, this many are seen differently later: Tailer acknowledges them, Matatika
   * runs them again under the same id, the others rewrite the result to success.
   */
  readonly revisedPercent?: number;
  /** Shortest and longest time from the end to its revision; default 1 to 10 minutes. */
  readonly revisedAfter?: readonly [Seconds, Seconds];
}

/** A step by name, or with the names of the steps it waits for. */
export type StepPlan = string | { readonly name: string; readonly after: readonly string[] };
