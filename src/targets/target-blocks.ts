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

/** The source of a target's blocks; read anew whenever one is made. */
export interface BlocksSource {
  readonly state: ReadonlyTargetState;
  readonly activity: Activity;
  readonly seen: ReadonlyMap<string, LiveRun>;
  readonly exemplars: ReadonlyMap<string, ReadonlyMap<string, Exemplar>>;
  readonly startedAt: UnixSeconds;
  readonly reads: Pick<JobReads, 'isRead'>;
  config(): TargetConfig;
  capabilities(): Capabilities;
}

/** The blocks of one target, of which only the touched ones are made again. */
export interface TargetBlocks {
  /** Says that something else may be shown of a job (or of `TARGET` or `OTHER`). */
  touch(owner: string): void;
  touchAll(): void;
  /** In a stable order; a block is a new object only if its owner was touched. */
  current(): readonly Block[];
}

/** The owner of the block in which a job is shown: itself, or `OTHER`. */
export function ownerOf(state: ReadonlyTargetState, job: string): string {
  return state.jobs.get(job)?.standing === 'overflow' ? OTHER : job;
}

/** @param changed called whenever a block was touched */
export function createTargetBlocks(source: BlocksSource, changed: () => void): TargetBlocks {
  const { state } = source;
  const blocks = new Map<string, Block>();
  const touched = new Set<string>();

  const make = (owner: string, live: readonly RunRecord[]): Block | null => {
    const totals = state.totals.get(owner) ?? new Map<string, TotalRecord>();
    if (owner === TARGET) return makeTargetBlock(source, totals);
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
    current: () => {
      if (touched.size > 0) {
        const live = Map.groupBy(state.live.values(), (run) => ownerOf(state, run.job));
        for (const owner of touched) {
          const block = make(owner, live.get(owner) ?? []);
          if (block === null) blocks.delete(owner);
          else blocks.set(owner, block);
        }
        touched.clear();
      }
      return [...blocks.values()];
    },
  };
}

function makeTargetBlock(source: BlocksSource, totals: ReadonlyMap<string, TotalRecord>): Block {
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
    jobsFolded: jobs.filter(({ standing }) => standing === 'overflow').length,
    detailsPending: state.pendingDetails.size,
    historyTruncated: [...state.scopes.values()].some(({ truncated }) => truncated),
    expectations: matchExpectations(expect, jobs),
    startedAt: source.startedAt,
  });
}
