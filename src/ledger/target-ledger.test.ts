import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aRunRecord, aJob, at } from '../../test/support/builders.ts';
import { interceptWrites } from '../../test/support/intercept-writes.ts';
import { openSharedStorage } from '../../test/support/leased-storage.ts';
import { createSettableClock } from '../../test/support/manual-clock.ts';
import { createLedger } from './create-ledger.ts';
import { LeaseLost, LedgerError, type Ledger, type TargetIdentity, type TargetLedger } from './ledger.ts';
import { type Change, type JobRecord, newScope, NO_CHANGE } from './records.ts';
import { openSqliteStorage } from './sqlite/sqlite-storage.ts';
import type { LedgerStorage } from './storage.ts';

const ACME: TargetIdentity = { id: 'acme', previousIds: [], fingerprint: 'snowplow https://a 1', reset: false };
const JOB: JobRecord = {
  ...aJob(),
  shownName: 'nightly',
  namedAt: null,
  firstSeenAt: at(0),
  historyUntil: null,
  standing: 'shown',
  lastActiveAt: null,
  longestInterval: null,
  recent: [],
  olderSuccessAt: null,
  olderFailureAt: null,
};
/** A change that makes so many live runs known. */
function liveRuns(...ids: readonly string[]): Change {
  const runs = ids.map((id) => aRunRecord({ id, phase: 'live' }));
  return { ...NO_CHANGE, scopes: [newScope('account')], jobs: [JOB], runs };
}

let storage: LedgerStorage;
let isDiskFull = false;
let ledger: Ledger;
let acme: TargetLedger;
beforeEach(async () => {
  isDiskFull = false;
  storage = openSqliteStorage(':memory:', at(0));
  const limited = interceptWrites(storage, async (write, change) => {
    // Nobody may see what is not durable.
    expect([...acme.state.live.keys()]).not.toContain(change.runs.at(-1)?.id);
    if (isDiskFull) throw new LedgerError('disk full');
    await write(change);
  });
  ledger = createLedger(limited, createSettableClock());
  acme = (await ledger.open(ACME))!;
});
afterEach(() => storage.close());

describe('the handle of a target', () => {
  it('moves its state once a change is durable', async () => {
    const committed = await acme.commit(() => liveRuns('r1'));

    expect([...acme.state.live.keys()]).toEqual(['r1']);
    expect(committed.runs).toHaveLength(1);
    expect(ledger.commits).toEqual(
      new Map([
        ['ok', 1],
        ['failed', 0],
      ]),
    );
  });

  it('leaves its state alone where a change could not be written', async () => {
    isDiskFull = true;

    await expect(acme.commit(() => liveRuns('r1'))).rejects.toThrow('disk full');

    expect(acme.state.live.size).toBe(0);
    expect(ledger.commits.get('failed')).toBe(1);
  });

  it('works out each change on the state that the change before it left, and goes on after a failure', async () => {
    const seen: (readonly string[])[] = [];
    const commit = (id: string): Promise<unknown> =>
      acme.commit((state) => {
        seen.push([...state.live.keys()]);
        if (id === 'broken') throw new Error('broken');
        return liveRuns(id);
      });

    const ended = await Promise.allSettled(['r1', 'broken', 'r2', 'r3'].map(commit));

    expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(seen).toEqual([[], ['r1'], ['r1'], ['r1', 'r2']]);
  });

  it('writes nothing where nothing changes', async () => {
    await acme.commit(() => NO_CHANGE);

    expect(ledger.commits.get('ok')).toBe(0);
  });

  it('is lost where the target was opened again, and writes nothing more', async () => {
    const successor = (await ledger.open(ACME))!;

    await expect(acme.commit(() => liveRuns('r1'))).rejects.toThrow(LeaseLost);

    expect(acme.lost.aborted).toBe(true);
    expect(acme.state.live.size).toBe(0);
    expect(successor.lost.aborted).toBe(false);
  });

  it('is lost where another exporter has taken the target, which only its next write finds out', async () => {
    const shared = openSharedStorage();
    const mine = (await createLedger(shared.join('a'), createSettableClock()).open(ACME))!;
    shared.expire('acme');
    const theirs = (await createLedger(shared.join('b'), createSettableClock()).open(ACME))!;
    const wasLost = mine.lost.aborted;

    const committed = mine.commit(() => liveRuns('r1'));

    await expect(committed).rejects.toThrow(LeaseLost);
    expect([wasLost, mine.lost.aborted]).toEqual([false, true]);
    expect(mine.state.live.size).toBe(0);
    expect((await theirs.known(['r1'])).size).toBe(0);
    await shared.close();
  });
});
