import type { TargetConfig } from '../config/config.ts';
import { OTHER, type RunRecord, TARGET, type TotalRecord } from '../ledger/records.ts';
import type { ReadonlyTargetState } from '../ledger/target-state.ts';
import { jobBlock } from '../metrics/job-block.ts';
import type { Block, Exemplar } from '../metrics/samples.ts';
import { targetBlock } from '../metrics/target-block.ts';
import type { LiveRun } from '../model/run.ts';
import type { UnixSeconds } from '../model/time.ts';
import type { Capabilities } from '../vendors/vendor.ts';
import type { Activity } from './activity.ts';
import type { JobReads } from './job-reads.ts';
import { expectedInterval, matchExpectations } from './target-policy.ts';

/** What a page of one target is drawn from; read anew whenever a block is. */
export interface PageSource {
  readonly state: ReadonlyTargetState;
  readonly activity: Activity;
  readonly seen: ReadonlyMap<string, LiveRun>;
  readonly exemplars: ReadonlyMap<string, ReadonlyMap<string, Exemplar>>;
  readonly startedAt: UnixSeconds;
  readonly reads: Pick<JobReads, 'isRead'>;
  config(): TargetConfig;
  capabilities(): Capabilities;
}

/** The blocks of one target, of which only the touched ones are drawn again. */
export interface TargetPage {
  /** Says that what is shown of a job (or of `TARGET` or `OTHER`) may have changed. */
  touch(owner: string): void;
  touchAll(): void;
  /** In a stable order; a block is a new object only if its owner was touched. */
  blocks(): readonly Block[];
}

/** Whose block a job is shown in. */
export function ownerOf(state: ReadonlyTargetState, job: string): string {
  return state.jobs.get(job)?.standing === 'folded' ? OTHER : job;
}

/** @param changed told whenever a block was touched */
export function createTargetPage(source: PageSource, changed: () => void): TargetPage {
  const { state } = source;
  const blocks = new Map<string, Block>();
  const touched = new Set<string>();

  const draw = (owner: string, live: readonly RunRecord[]): Block | null => {
    const totals = state.totals.get(owner) ?? new Map<string, TotalRecord>();
    if (owner === TARGET) return drawTarget(source, totals);
    const job = owner === OTHER ? OTHER : state.jobs.get(owner);
    const isShown = job === OTHER ? totals.size > 0 : job?.standing === 'shown';
    if (job === undefined || !isShown) return null;
    const { vendor, name: target, expect } = source.config();
    return jobBlock({
      vendor,
      target,
      job,
      totals,
      live,
      seen: source.seen,
      isRead: source.reads.isRead(owner),
      traits: source.capabilities(),
      expectedInterval: job === OTHER ? null : expectedInterval(expect, job),
      exemplars: source.exemplars.get(owner) ?? new Map(),
    });
  };

  return {
    touch: (owner) => {
      touched.add(owner);
      changed();
    },
    touchAll: () => {
      for (const owner of [TARGET, OTHER, ...state.jobs.keys()]) touched.add(owner);
      changed();
    },
    blocks: () => {
      if (touched.size > 0) {
        const live = Map.groupBy(state.live.values(), (run) => ownerOf(state, run.job));
        for (const owner of touched) {
          const block = draw(owner, live.get(owner) ?? []);
          if (block === null) blocks.delete(owner);
          else blocks.set(owner, block);
        }
        touched.clear();
      }
      return [...blocks.values()];
    },
  };
}

function drawTarget(source: PageSource, totals: ReadonlyMap<string, TotalRecord>): Block {
  const { state } = source;
  const { vendor, name: target, labels, expect } = source.config();
  const jobs = [...state.jobs.values()];
  return targetBlock({
    vendor,
    target,
    labels,
    totals,
    activity: source.activity.current(),
    jobs: jobs.filter(({ standing }) => standing === 'shown').length,
    jobsFolded: jobs.filter(({ standing }) => standing === 'folded').length,
    detailsPending: state.owed.size,
    historyTruncated: [...state.scopes.values()].some(({ truncated }) => truncated),
    expectations: matchExpectations(expect, jobs),
    startedAt: source.startedAt,
  });
}
