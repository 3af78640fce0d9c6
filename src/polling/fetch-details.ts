import { VendorError } from '../http/errors.ts';
import { postponeOwed, reconcileLiveDetails, settleOwed } from '../ledger/details.ts';
import { type OwedRecord, owedKey, type RunRecord } from '../ledger/records.ts';
import { isFinished } from '../model/run.ts';
import { after, HOUR } from '../model/time.ts';
import { within } from '../model/time-limit.ts';
import { askForRun, reconcileRun } from './look-up-runs.ts';
import { isVendorWide, type PollContext } from './poll-context.ts';

/** Owed details fetched in one poll; the rest waits for the next. */
const DETAILS_PER_POLL = 50;
/** Live runs whose details are fetched in one poll. */
const LIVE_DETAILS_PER_POLL = 200;

/**
 * Fetches what is owed and due, the longest due first, in the time of one slice. @see spec rule 6
 *
 * @throws VendorError when the vendor is out of reach; what was not fetched stays owed
 */
export async function fetchOwedDetails(context: PollContext): Promise<void> {
  const { keeper, clock, signal } = context;
  const now = clock.now();
  // None is put off for longer than an hour: where one seems to be, a clock was set back.
  const isDue = ({ dueAt }: OwedRecord): boolean => dueAt <= now || dueAt > after(now, HOUR);
  const due = [...keeper.state.owed.values()].filter(isDue).sort((a, b) => a.dueAt - b.dueAt);
  const batch = due.slice(0, DETAILS_PER_POLL);
  const limit = within(keeper.config().pollTimeout, signal);
  for (const [asked, owed] of batch.entries()) {
    if (limit.aborted || !(await fetchOwed(context, owed, limit, asked > 0))) return;
  }
}

/** @returns false where the vendor takes so long that the rest had better wait for the next poll */
async function fetchOwed(
  context: PollContext,
  owed: OwedRecord,
  limit: AbortSignal,
  isAfterOthers: boolean,
): Promise<boolean> {
  const { client, keeper, ledger, clock, failures, signal } = context;
  try {
    // Read anew for each: another detail of the same run may just have changed it.
    const record = (await ledger.known(keeper.config().id, [owed.run])).get(owed.run);
    const scope = { key: record?.scope ?? '' };
    if (record === undefined) {
      await keeper.commit((state) => settleOwed(state, owed, undefined, 'gone', clock.now()));
    } else if (owed.detail === 'duration') {
      const run = await askForRun(context, record, limit);
      if (run === 'gone') await keeper.commit((state) => settleOwed(state, owed, record, 'gone', clock.now()));
      else if (isFinished(run)) await reconcileRun(context, record, run);
      if (keeper.state.owed.has(owedKey(owed))) await keeper.commit((state) => postponeOwed(state, owed, clock.now()));
    } else {
      const answer = await client.details(scope, owed.run, owed.detail, limit);
      await keeper.commit((state) => settleOwed(state, owed, record, answer, clock.now()));
    }
    return true;
  } catch (error) {
    if (!(error instanceof VendorError) || signal.aborted) throw error;
    // Without the time that others took before it, it might have been answered: it keeps its place.
    if (limit.aborted && isAfterOthers) return false;
    // Even where it is the vendor's failure: whatever always fails must not come first for ever.
    await keeper.commit((state) => postponeOwed(state, owed, clock.now()));
    if (isVendorWide(error)) throw error;
    failures.oneOfMany('a detail of a run could not be fetched', error, { detail: owed.detail });
    return error.reason !== 'timeout';
  }
}

/**
 * Fetches rows or steps of live runs, where the vendor tells them while a run goes on, in the time of one slice. Whose
 * turn does not come is asked for first at the next poll.
 *
 * @param isRead whether the run's scope was read in this poll: what is shown of one that failed stays as it is
 * @throws VendorError when the vendor is out of reach
 * @see spec rule 15
 */
export async function fetchLiveDetails(
  context: PollContext,
  isRead: (run: Pick<RunRecord, 'scope'>) => boolean,
): Promise<void> {
  const { client, keeper, failures, signal, turns } = context;
  const { liveDetails } = keeper.policy().capabilities;
  if (liveDetails.length === 0) return;
  const live = [...keeper.state.live.values()].filter(
    (run) => run.goneAt === null && run.state !== 'pending' && isRead(run),
  );
  const limit = within(keeper.config().pollTimeout, signal);
  let asked = 0;
  await turns.liveDetails.each(
    live,
    ({ id }) => id,
    async ({ id, scope }) => {
      if (limit.aborted || asked >= LIVE_DETAILS_PER_POLL) return false;
      asked += 1;
      for (const detail of liveDetails) {
        if (detail === 'duration') continue;
        try {
          const answer = await client.details({ key: scope }, id, detail, limit);
          await keeper.commit((state) => reconcileLiveDetails(state, id, answer));
        } catch (error) {
          if (!(error instanceof VendorError) || isVendorWide(error) || signal.aborted) throw error;
          failures.oneOfMany('a detail of a live run could not be fetched', error, { detail });
          if (error.reason === 'timeout') return false;
        }
      }
      return true;
    },
  );
}
