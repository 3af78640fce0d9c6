import { VendorError } from '../http/errors.ts';
import { markGone, rejectRecord } from '../ledger/housekeeping.ts';
import { reconcileLookUp } from '../ledger/reconcile.ts';
import type { RunInMemory, JobRecord, RunRecord } from '../ledger/records.ts';
import type { Round } from '../ledger/round.ts';
import { isFinished, type Job, type Run } from '../model/run.ts';
import { within } from '../model/time-limit.ts';
import { isVendorWide, type PollContext } from './poll-context.ts';

/** Live runs asked for in one poll: of runs that hang for good there may be any number. */
const LOOK_UPS_PER_POLL = 50;

/** Failures of the vendor, or of the way to it, from which nothing follows about a run. */
const SAY_NOTHING: ReadonlySet<string> = new Set(['timeout', 'network', 'http_server', 'rate_limited']);

/**
 * Asks by id for live runs that no list held, until the vendor says what became of them. One whose scope is no longer
 * configured, and that cannot be asked for, counts as gone. All of them together get the time of one slice; those that
 * are left over come first at the next poll. Those that are not cleared up are unresolved from then on.
 *
 * @param missing live runs that should have been listed and were not
 * @param rounds the rounds that were read, by scope: a run that ended while nothing polled was caught up, and one is gone
 *   for sure where its list was asked for so far back
 * @throws VendorError when the vendor is out of reach; a run that could not be asked for is asked for at the next poll
 * @see spec rule 9
 */
export async function lookUpRuns(
  context: PollContext,
  missing: readonly RunInMemory[],
  rounds: ReadonlyMap<string, Round>,
): Promise<void> {
  const { client, target, clock, failures, signal, roundRobin, unresolved } = context;
  const configured = new Set(client.scopes.map(({ key }) => key));
  const limit = within(target.config().pollTimeout, signal);
  let asked = 0;
  await roundRobin.lookUps.each(
    missing,
    ({ id }) => id,
    async (record) => {
      if (limit.aborted || asked >= LOOK_UPS_PER_POLL) return false;
      asked += 1;
      try {
        const run = await askForRun(context, record, limit);
        const round = rounds.get(record.scope);
        if (run !== 'gone') await commitLookUp(context, record, run, round?.outage ?? null);
        else if (unresolved.has(record.id) && round?.kind === 'lookback') return true;
        else await target.commit((state) => markGone(state, record, clock.now()));
        unresolved.delete(record.id);
      } catch (error) {
        if (!(error instanceof VendorError) || isVendorWide(error) || signal.aborted) throw error;
        failures.oneOfMany('a live run could not be looked up', error, { scope: record.scope });
        // Without the time that others took before it, it might have been answered.
        if (limit.aborted && asked > 1) return false;
        unresolved.add(record.id);
        const isKept = configured.has(record.scope) || SAY_NOTHING.has(error.reason);
        if (!isKept) await target.commit((state) => markGone(state, record, clock.now()));
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
  { client, target }: PollContext,
  { id, scope, job }: Pick<RunRecord, 'id' | 'scope' | 'job'>,
  signal: AbortSignal,
): Promise<Run | 'gone'> {
  const run = await client.run({ key: scope }, { id, job: knownJob(target.state.jobs.get(job)) }, signal);
  if (run === 'gone' || run.id === id) return run;
  await target.commit((state) => rejectRecord(state, 'other_run', id));
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

/** Takes in a run that was asked for by itself. @param outage as `LookedUpRun.outage` */
export async function commitLookUp(
  { target, clock, failures }: PollContext,
  record: RunRecord,
  run: Run,
  outage: Round['outage'] = null,
): Promise<void> {
  const { seenLive } = target;
  await target.commit((state) =>
    reconcileLookUp(state, { record, run, outage, now: clock.now(), seenLive }, target.policy()),
  );
  failures.unreadable(record.scope, [run]);
  if (!isFinished(run)) target.see([run], clock.now());
}
