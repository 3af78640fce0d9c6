import { VendorError } from '../http/errors.ts';
import { postponeDetail, reconcileLiveDetails, settleDetail } from '../ledger/details.ts';
import { detailKey, type PendingDetail, type RunRecord, stateOf } from '../ledger/records.ts';
import { isFinished } from '../model/run.ts';
import { after, HOUR } from '../model/time.ts';
import { within } from '../model/time-limit.ts';
import { askForRun, commitLookUp } from './look-up-runs.ts';
import { isVendorWide, type PollContext } from './poll-context.ts';

/** Pending details fetched in one poll; the rest waits for the next. */
const DETAILS_PER_POLL = 50;
/** Live runs whose details are fetched in one poll. */
const LIVE_DETAILS_PER_POLL = 200;

/**
 * Fetches the pending details that are due, the longest due first, in the time of one slice. @see spec rule 6
 *
 * @throws VendorError when the vendor is out of reach; what was not fetched stays pending
 */
export async function fetchPendingDetails(context: PollContext): Promise<void> {
  const { target, clock, signal } = context;
  const now = clock.now();
  // None is put off for longer than an hour: where one seems to be, a clock was set back.
  const isDue = ({ dueAt }: PendingDetail): boolean => dueAt <= now || dueAt > after(now, HOUR);
  const due = [...target.state.pendingDetails.values()].filter(isDue).sort((a, b) => a.dueAt - b.dueAt);
  const batch = due.slice(0, DETAILS_PER_POLL);
  const limit = within(target.config().pollTimeout, signal);
  for (const [asked, pending] of batch.entries()) {
    if (limit.aborted || !(await fetchPending(context, pending, limit, asked > 0))) return;
  }
}

/** @returns false where the vendor takes so long that the rest had better wait for the next poll */
async function fetchPending(
  context: PollContext,
  pending: PendingDetail,
  limit: AbortSignal,
  isAfterOthers: boolean,
): Promise<boolean> {
  const { client, target, clock, failures, signal } = context;
  const { run: id, detail } = pending;
  const postpone = (): Promise<void> => target.commit((state) => postponeDetail(state, pending, clock.now()));
  try {
    // Read anew for each: another detail of the same run may just have changed it.
    const record = (await target.ledger.known([id])).get(id);
    const scope = { key: record?.scope ?? '' };
    if (record === undefined) {
      await target.commit((state) => settleDetail(state, pending, undefined, 'gone', clock.now()));
    } else if (detail === 'duration') {
      const run = await askForRun(context, record, limit);
      if (run === 'gone') await target.commit((state) => settleDetail(state, pending, record, 'gone', clock.now()));
      else if (isFinished(run)) await commitLookUp(context, record, run);
      if (target.state.pendingDetails.has(detailKey(pending))) await postpone();
    } else {
      const answer = await client.details(scope, id, detail, limit);
      await target.commit((state) => settleDetail(state, pending, record, answer, clock.now()));
    }
    return true;
  } catch (error) {
    if (!(error instanceof VendorError) || signal.aborted) throw error;
    // Without the time that others took before it, it might have been answered: it keeps its place.
    if (limit.aborted && isAfterOthers) return false;
    // Even where it is the vendor's failure: whatever always fails must not come first for ever.
    await postpone();
    if (isVendorWide(error)) throw error;
    failures.oneOfMany('a detail of a run could not be fetched', error, { detail });
    return error.reason !== 'timeout';
  }
}

/**
 * Fetches rows or steps of live runs, where the vendor tells them while a run goes on, in the time of one slice. Runs
 * that are left over come first at the next poll.
 *
 * @param isRead true where the run's scope was read in this poll: nothing changes for one that failed
 * @throws VendorError when the vendor is out of reach
 * @see spec rule 15
 */
export async function fetchLiveDetails(
  context: PollContext,
  isRead: (run: Pick<RunRecord, 'scope'>) => boolean,
): Promise<void> {
  const { client, target, failures, signal, roundRobin } = context;
  const { liveDetails } = target.policy().capabilities;
  if (liveDetails.length === 0) return;
  const live = [...target.state.live.values()].filter(
    (run) => run.life.phase !== 'gone' && stateOf(run) !== 'pending' && isRead(run),
  );
  const limit = within(target.config().pollTimeout, signal);
  let asked = 0;
  await roundRobin.liveDetails.each(
    live,
    ({ id }) => id,
    async ({ id, scope }) => {
      if (limit.aborted || asked >= LIVE_DETAILS_PER_POLL) return false;
      asked += 1;
      for (const detail of liveDetails) {
        if (detail === 'duration') continue;
        try {
          const answer = await client.details({ key: scope }, id, detail, limit);
          await target.commit((state) => reconcileLiveDetails(state, id, answer));
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
