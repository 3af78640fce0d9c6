/**
 * The simulated world: what really happens at the five vendors, before any wire shows it. It is a pure function of
 * its seed, its plan and the clock, so the truth about any span of time can be asked for at any moment.
 */
import type { Router } from 'express';
import type { Result, RowCounts, Step } from '../model/run.ts';
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
}

export interface WorldQuery {
  readonly vendor: string;
  /** Only this job's runs, by job id. */
  readonly jobId?: string;
  /** Only runs that exist at some moment of this span: created by `to`, and live or ended at or after `from`. */
  readonly from?: UnixSeconds;
  readonly to?: UnixSeconds;
}

export interface World {
  now(): UnixSeconds;
  /** Nothing happened before this instant. */
  readonly since: UnixSeconds;
  jobs(vendor: string): readonly WorldJob[];
  /** In order of creation. */
  runs(query: WorldQuery): readonly WorldRun[];
  /** By UUID or number; null where there is no such run (yet). */
  run(vendor: string, id: string | number): WorldRun | null;
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

/** What `vendors/<vendor>/simulator.ts` exports as `createSimulator`. */
export type CreateSimulator = (world: World) => Simulator;

/** How one job of a world goes; everything random is drawn from the world's seed, the job and the run's number. */
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
  readonly steps?: readonly string[];
  /** Rows a second while executing. */
  readonly rowsPerSecond?: number;
  readonly streaming?: boolean;
  /** This many runs out of a hundred hang: they stay executing for ever. */
  readonly stuckPercent?: number;
  /** Result changes once, this long after the end, for some runs (a person or the vendor changes their mind). */
  readonly revisedPercent?: number;
}
