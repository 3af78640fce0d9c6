import { VendorError } from '../http/errors.ts';
import { markGone } from '../ledger/housekeeping.ts';
import { reconcile } from '../ledger/reconcile.ts';
import { newScope, type RunRecord } from '../ledger/records.ts';
import { isFinished, type Run } from '../model/run.ts';
import { seconds } from '../model/time.ts';
import { within } from '../model/time-limit.ts';
import type { Window } from '../vendors/vendor.ts';
import { isVendorWide, type PollContext } from './poll-context.ts';

/**
 * Asks by id for live runs that no list held, until the vendor says what became of them. One whose scope is no longer
 * configured, and that cannot be asked for, counts as gone. All of them together get the time of one slice; whose turn
 * does not come is asked for first at the next poll. @see spec rule 9
 *
 * @param isMissing whether a live run should have been listed and was not
 * @param away when nothing polled, by scope: a run that ended in it was caught up
 * @throws VendorError when the vendor is out of reach; a run that could not be asked for is asked for at the next poll
 */
export async function lookUpRuns(
  context: PollContext,
  isMissing: (run: RunRecord) => boolean,
  away: ReadonlyMap<string, Window | null>,
): Promise<void> {
  const { client, keeper, clock, failures, signal, turns } = context;
  const configured = new Set(client.scopes.map(({ key }) => key));
  const missing = [...keeper.state.live.values()].filter((run) => run.goneAt === null && isMissing(run));
  const limit = within(keeper.config().pollTimeout, signal);
  let asked = 0;
  await turns.lookUps.each(
    missing,
    ({ id }) => id,
    async (record) => {
      if (limit.aborted) return false;
      asked += 1;
      try {
        const run = await client.run({ key: record.scope }, record.id, limit);
        if (run === 'gone') await keeper.commit((state) => markGone(state, record, clock.now()));
        else await reconcileRun(context, record, run, away.get(record.scope) ?? null);
      } catch (error) {
        if (!(error instanceof VendorError) || isVendorWide(error) || signal.aborted) throw error;
        failures.oneOfMany('a live run could not be looked up', error, { scope: record.scope });
        // Without the time that others took before it, it might have been answered.
        if (limit.aborted && asked > 1) return false;
        if (!configured.has(record.scope)) await keeper.commit((state) => markGone(state, record, clock.now()));
      }
      return true;
    },
  );
}

/** Takes in a run that was asked for by itself. */
export async function reconcileRun(
  context: PollContext,
  record: RunRecord,
  run: Run,
  away: Window | null = null,
): Promise<void> {
  const { keeper, clock } = context;
  await keeper.commit((state) => {
    const scope = state.scopes.get(record.scope) ?? newScope(record.scope);
    const answer = {
      scope,
      scopeAfter: scope,
      result: { runs: [run], rejected: [], vendorTime: null },
      known: new Map([[record.id, record]]),
      sweep: null,
      wideFrom: null,
      away,
      gap: seconds(0),
      now: clock.now(),
    };
    return reconcile(state, answer, keeper.policy());
  });
  if (!isFinished(run)) keeper.see([run]);
}
