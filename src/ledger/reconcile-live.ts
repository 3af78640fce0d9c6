import type { LiveRun } from '../model/run.ts';
import type { Draft } from './draft.ts';
import { newFacts, type ReconcileContext } from './reconcile-context.ts';
import { hasFinished, stateOf } from './records.ts';

/** Takes in a live run: it is new, goes on, comes back, or is reopened. */
export function reconcileLive(draft: Draft, run: LiveRun, context: ReconcileContext): void {
  const known = draft.run(run.id);
  // A vendor that cannot tell how a run stands takes back nothing.
  if (known !== undefined && hasFinished(known) && run.state === 'unknown' && run.stateKnown) return;
  if (known?.life.phase === 'finished') {
    const owner = draft.owner(known.job);
    if (owner !== null) draft.addFact({ kind: 'reopened', owner });
  }
  const isNews = known === undefined || stateOf(known) !== run.state || known.vendorState !== run.vendorState;
  const hasAged = known?.agedTo !== run.agedTo;
  const isMoved = hasAged || known?.startedAt !== run.startedAt || known.createdAt !== run.createdAt;
  if (!isNews && !isMoved && known.life.phase !== 'gone') return;
  const { vendorState, createdAt, startedAt, agedTo, state } = run;
  const facts = known ?? newFacts(draft, run, context);
  const ending = known?.life.ending ?? null;
  const isHidden = known?.life.phase === 'hidden' && !isNews;
  draft.putRun({
    ...facts,
    vendorState,
    createdAt,
    startedAt,
    agedTo,
    changedAt: isNews || hasAged ? context.time.now : facts.changedAt,
    life: isHidden ? { phase: 'hidden', ending } : { phase: 'live', state, ending },
  });
}
