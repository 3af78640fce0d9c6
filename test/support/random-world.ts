/** A vendor's world in which a test lets things happen, and its runs as they really are. */
import { type FinishedRun, isFinished, type Run } from '../../src/model/run.ts';
import type { UnixSeconds } from '../../src/model/time.ts';
import { aJob, finishedRun, liveRun } from './builders.ts';

export const RESULTS = ['success', 'failure', 'cancellation'] as const;

/** One thing that happens to a run or a job. Numbers stand for runs, jobs and results. */
export type Happening =
  | { readonly kind: 'begin'; readonly run: number; readonly job: number; readonly isInPart: boolean }
  | { readonly kind: 'finish'; readonly run: number; readonly result: number; readonly hasEnd: boolean }
  | { readonly kind: 'revise'; readonly run: number; readonly result: number }
  | { readonly kind: 'reopen' | 'reveal'; readonly run: number }
  | { readonly kind: 'hide'; readonly run: number; readonly isGone: boolean }
  | { readonly kind: 'rename'; readonly job: number };

export interface KnownRun {
  run: Run;
  /** True where the scope that lists a part of the runs lists it too. */
  readonly isInPart: boolean;
  /** Not listed for now; `gone`: not found by its id either. */
  hidden: 'no' | 'listed' | 'gone';
}

export interface RandomWorld {
  readonly runs: ReadonlyMap<string, KnownRun>;
  happen(happening: Happening, now: UnixSeconds): void;
  /** Runs that a scope lists, in the order in which they began. */
  list(scope: string): readonly Run[];
  revealAll(): void;
}

export function createRandomWorld(): RandomWorld {
  const runs = new Map<string, KnownRun>();
  const renames = new Map<number, number>();
  const jobs = new Map<string, number>();
  const jobOf = (number: number) =>
    aJob({ key: `job-${number}`, id: String(number), name: `job ${number}.${renames.get(number) ?? 0}` });
  return {
    runs,
    list: (scope) =>
      [...runs.values()]
        .filter(({ hidden, isInPart }) => hidden === 'no' && (scope === 'account' || isInPart))
        .map(({ run }) => run),
    revealAll: () => {
      for (const known of runs.values()) known.hidden = 'no';
    },
    happen: (happening, now) => {
      if (happening.kind === 'rename') {
        renames.set(happening.job, (renames.get(happening.job) ?? 0) + 1);
        return;
      }
      const id = `r${happening.run}`;
      const known = runs.get(id);
      if (happening.kind === 'begin') {
        if (known !== undefined) return;
        const run = liveRun({ id, job: jobOf(happening.job), startedAt: now });
        jobs.set(id, happening.job);
        runs.set(id, { run, isInPart: happening.isInPart, hidden: 'no' });
        return;
      }
      if (known === undefined) return;
      const { startedAt } = known.run;
      const job = jobOf(jobs.get(id) ?? 0);
      if (happening.kind === 'hide') known.hidden = happening.isGone ? 'gone' : 'listed';
      else if (happening.kind === 'reveal') known.hidden = 'no';
      else if (happening.kind === 'finish' && !isFinished(known.run)) {
        const endedAt = happening.hasEnd ? now : null;
        known.run = finishedRun({ id, job, startedAt, endedAt, result: RESULTS[happening.result]!, duration: null });
      } else if (happening.kind === 'revise' && isFinished(known.run)) {
        const result = RESULTS[happening.result]!;
        known.run = { ...known.run, result, vendorState: result } satisfies FinishedRun;
      } else if (happening.kind === 'reopen' && isFinished(known.run)) known.run = liveRun({ id, job, startedAt });
    },
  };
}

/** A list in another order, with some of it repeated; the same for the same seed. */
export function shuffled<T>(list: readonly T[], seed: number): readonly T[] {
  let state = (seed % 2_147_483_646) + 1;
  const draw = (): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state;
  };
  const repeated = [...list, ...list.filter(() => draw() % 3 === 0)];
  const ranked = repeated.map((value) => ({ value, rank: draw() }));
  return ranked.sort((a, b) => a.rank - b.rank).map(({ value }) => value);
}
