import { VendorError } from '../http/errors.ts';
import { markGone, rejectRecord } from '../ledger/housekeeping.ts';
import type { Plan } from '../ledger/progress.ts';
import { reconcile } from '../ledger/reconcile.ts';
import { type JobRecord, newScope, type RunRecord } from '../ledger/records.ts';
import { isFinished, type Job, type Run } from '../model/run.ts';
import { seconds } from '../model/time.ts';
import { within } from '../model/time-limit.ts';
import type { Window } from '../vendors/vendor.ts';
import { isVendorWide, type PollContext } from './poll-context.ts';

/** Live runs asked for in one poll: of runs that hang for good there may be any number. */
const LOOK_UPS_PER_POLL = 50;

/** Failures of the vendor, or of the way to it, from which nothing follows about a run. */
const SAY_NOTHING: ReadonlySet<string> = new Set(['timeout', 'network', 'http_server', 'rate_limited']);

/**
 * Asks by id for live runs that no list held, until the vendor says what became of them. One whose scope is no longer
 * configured, and that cannot be asked for, counts as gone. All of them together get the time of one slice; whose turn
 * does not come is asked for first at the next poll. Those that are not cleared up are doubted from then on.
 *
 * @param missing live runs that should have been listed and were not
 * @param plans what was read, by scope: a run that ended while nothing polled was caught up, and one is gone for sure
 *   where its list was asked for so far back
 * @throws VendorError when the vendor is out of reach; a run that could not be asked for is asked for at the next poll
 * @see spec rule 9
 */
export async function lookUpRuns(
  context: PollContext,
  missing: readonly RunRecord[],
  plans: ReadonlyMap<string, Plan>,
): Promise<void> {
  const { client, keeper, clock, failures, signal, turns, doubted } = context;
  const configured = new Set(client.scopes.map(({ key }) => key));
  const limit = within(keeper.config().pollTimeout, signal);
  let asked = 0;
  await turns.lookUps.each(
    missing,
    ({ id }) => id,
    async (record) => {
      if (limit.aborted || asked >= LOOK_UPS_PER_POLL) return false;
      asked += 1;
      try {
        const run = await askForRun(context, record, limit);
        if (run !== 'gone') await reconcileRun(context, record, run, plans.get(record.scope)?.away ?? null);
        else if (doubted.has(record.id) && plans.get(record.scope)?.isNarrow === true) return true;
        else await keeper.commit((state) => markGone(state, record, clock.now()));
        doubted.delete(record.id);
      } catch (error) {
        if (!(error instanceof VendorError) || isVendorWide(error) || signal.aborted) throw error;
        failures.oneOfMany('a live run could not be looked up', error, { scope: record.scope });
        // Without the time that others took before it, it might have been answered.
        if (limit.aborted && asked > 1) return false;
        doubted.add(record.id);
        const isKept = configured.has(record.scope) || SAY_NOTHING.has(error.reason);
        if (!isKept) await keeper.commit((state) => markGone(state, record, clock.now()));
      }
      return true;
    },
  );
}

/**
 * Asks for one run by its id.
 * @throws VendorError as the client, and (reason `schema`) where the answer is another run: it may be the same one in
 *   another spelling, or any other, so nothing is concluded from it
 */
export async function askForRun(
  { client, keeper }: PollContext,
  { id, scope, job }: Pick<RunRecord, 'id' | 'scope' | 'job'>,
  signal: AbortSignal,
): Promise<Run | 'gone'> {
  const run = await client.run({ key: scope }, { id, job: knownJob(keeper.state.jobs.get(job)) }, signal);
  if (run === 'gone' || run.id === id) return run;
  await keeper.commit((state) => rejectRecord(state, 'other_run', id));
  throw new VendorError(`the vendor was asked for run ${id} and answered with another one; nothing was counted`, {
    reason: 'schema',
  });
}

/** A job as the vendor would name it, without what else is known of it. */
function knownJob(record: JobRecord | undefined): Job | null {
  if (record === undefined) return null;
  const { key, id, name, kind, workspace, url } = record;
  return { key, id, name, kind, workspace, url };
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
      seenLive: keeper.seenLive,
      gap: seconds(0),
      now: clock.now(),
    };
    return reconcile(state, answer, keeper.policy());
  });
  context.failures.unreadable(record.scope, [run]);
  if (!isFinished(run)) keeper.see([run], clock.now());
}
