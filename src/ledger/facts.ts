/** Facts that reconciling finds. Each metric says in `metrics/catalogue/` which facts add to it. */
import type { Result, RowOutcome } from '../model/run.ts';
import type { Seconds, UnixSeconds } from '../model/time.ts';

/** News of the target as a whole, each with how much of it. */
export type TargetNews =
  | { readonly kind: 'late' | 'caught_up' | 'lost' | 'expired' | 'history'; readonly amount: number }
  | { readonly kind: 'gap'; readonly amount: Seconds }
  | {
      readonly kind: 'rejected' | 'unknown_state' | 'detail_lost' | 'unreadable_field';
      readonly label: string;
      readonly amount: number;
    };

/** News of one job. `owner` is the job's key, or `OTHER` for one beyond the limit. */
export type JobNews =
  /** The job is shown from now on: the series that are there from the start begin or return. */
  | { readonly kind: 'shown'; readonly owner: string }
  /** The job's labels changed: all its series begin anew at 0. */
  | { readonly kind: 'renamed'; readonly owner: string }
  | {
      readonly kind: 'finished';
      readonly owner: string;
      readonly run: string;
      readonly result: Result;
      readonly endedAt: UnixSeconds;
      /** null: no sample. */
      readonly duration: Seconds | null;
      readonly queue: Seconds | null;
      readonly exitCode: number | null;
      /** As `FinishedRun.warning`. */
      readonly warning: string | null;
    }
  /** A duration that was missing when its run was counted. */
  | {
      readonly kind: 'duration';
      readonly owner: string;
      readonly run: string;
      readonly result: Result;
      readonly endedAt: UnixSeconds;
      readonly duration: Seconds;
    }
  | { readonly kind: 'rows'; readonly owner: string; readonly outcome: RowOutcome; readonly amount: number }
  | {
      readonly kind: 'step';
      readonly owner: string;
      readonly step: string;
      readonly result: Result;
      readonly duration: Seconds | null;
    }
  | { readonly kind: 'corrected'; readonly owner: string; readonly from: Result; readonly to: Result }
  | { readonly kind: 'reopened'; readonly owner: string };

export type Fact = TargetNews | JobNews;
