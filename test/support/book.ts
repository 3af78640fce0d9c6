/** A ledger in memory for the pure parts: every change is taken in at once. */
import type { Reconciled } from '../../src/ledger/draft.ts';
import type { Fact } from '../../src/ledger/facts.ts';
import type { TargetPolicy } from '../../src/ledger/policy.ts';
import { type KnownRuns, reconcileSlice } from '../../src/ledger/reconcile.ts';
import type { Round, SliceAnswer } from '../../src/ledger/round.ts';
import { type JobRecord, newScope, type RunRecord, type ScopeRecord } from '../../src/ledger/records.ts';
import { applyChange, emptyState, type TargetState } from '../../src/ledger/target-state.ts';
import type { Run } from '../../src/model/run.ts';
import { seconds } from '../../src/model/time.ts';
import { aPolicy, at } from './builders.ts';

/** A scope whose baseline was taken an hour ago, and that has been read until now. */
export function watchedScope(overrides: Partial<ScopeRecord> = {}): ScopeRecord {
  const baselineAt = at(-3600);
  return {
    ...newScope('account'),
    baselineAt,
    watermark: at(0),
    seenUntil: at(0),
    floor: at(-90 * 86_400),
    ...overrides,
  };
}

export interface Book {
  readonly state: TargetState;
  /** Every run that was ever recorded. */
  readonly runs: ReadonlyMap<string, RunRecord>;
  job(key?: string): JobRecord;
  /** Takes in a change, and returns its facts. */
  take(found: Reconciled): readonly Fact[];
  /** Takes in an answer, by default one to a lookback of a watched scope, and returns its facts. */
  read(
    runs: readonly Run[],
    answer?: Partial<Omit<Round, 'scope'> & Pick<KnownRuns, 'seenLive'>> & {
      readonly scope?: ScopeRecord;
      readonly result?: Partial<SliceAnswer['result']>;
    },
  ): readonly Fact[];
}

export function createBook(policy: TargetPolicy = aPolicy()): Book {
  const state = emptyState();
  const runs = new Map<string, RunRecord>();
  const take = ({ change, facts }: Reconciled): readonly Fact[] => {
    applyChange(state, change);
    for (const run of change.runs) runs.set(run.id, run);
    return facts;
  };
  return {
    state,
    runs,
    take,
    job: (key = 'nightly') => state.jobs.get(key)!,
    read: (listed, { scope = watchedScope(), result, seenLive = new Map(), now = at(0), ...round } = {}) => {
      const known = new Map([...runs].filter(([id]) => listed.some((run) => run.id === id)));
      state.scopes.set(scope.key, scope);
      const answer = {
        round: {
          scope: scope.key,
          kind: 'lookback' as const,
          now,
          monotonic: seconds(now),
          window: { from: scope.watermark ?? now, to: now },
          extendedFrom: null,
          gap: seconds(0),
          outage: null,
          ...round,
        },
        slice: { from: now, to: now, part: null },
        result: { runs: listed, rejected: [], vendorTime: null, ...result },
        isFirst: true,
        isLast: false,
        isTruncated: false,
      };
      const facts = take(reconcileSlice(state, answer, { known, seenLive }, policy));
      // Tests of how a scope moves on have their own place.
      state.scopes.set(scope.key, scope);
      return facts;
    },
  };
}

/** The facts of some kinds alone. */
export function factsOf<Kind extends Fact['kind']>(
  facts: readonly Fact[],
  ...kinds: readonly Kind[]
): readonly Extract<Fact, { kind: Kind }>[] {
  return facts.filter((fact): fact is Extract<Fact, { kind: Kind }> =>
    (kinds as readonly string[]).includes(fact.kind),
  );
}

/** Numbers of finished runs by result: `{ success: 2 }`. */
export function finishedByResult(facts: readonly Fact[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { result } of factsOf(facts, 'finished')) counts[result] = (counts[result] ?? 0) + 1;
  return counts;
}
