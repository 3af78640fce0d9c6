import { cpSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aJob, aRunRecord, at } from '../../../test/support/builders.ts';
import { createSettableClock } from '../../../test/support/manual-clock.ts';
import { DAY } from '../../model/time.ts';
import { LedgerError, type TargetIdentity } from '../ledger.ts';
import { type Change, type JobRecord, newScope, NO_CHANGE, TARGET } from '../records.ts';
import type { LedgerStorage, StoredTarget } from '../storage.ts';
import { applyChange, emptyState } from '../target-state.ts';
import { copySqliteLedger } from './copy-ledger.ts';
import { runHash } from './run-hash.ts';
import { openSqliteStorage } from './sqlite-storage.ts';

let folder = '';
let file = '';
let storage: LedgerStorage;
/** Target `acme` as it was opened last. */
let acme: StoredTarget;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'datajobs-test-'));
  file = join(folder, 'ledger.db');
  storage = openSqliteStorage(file, at(0));
});
afterEach(async () => {
  await storage.close();
  rmSync(folder, { recursive: true, force: true });
});

const ACME: TargetIdentity = { id: 'acme', previousIds: [], fingerprint: 'snowplow https://a 1', reset: false };

function jobRecord(overrides: Partial<JobRecord> = {}): JobRecord {
  return {
    ...aJob(overrides),
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
    ...overrides,
  };
}

function aChange(overrides: Partial<Change> = {}): Change {
  return { ...NO_CHANGE, scopes: [newScope('account')], jobs: [jobRecord()], ...overrides };
}

const EVERYTHING = aChange({
  runs: [
    aRunRecord(),
    aRunRecord({
      id: 'r2',
      phase: 'gone',
      goneAt: at(-1),
      createdAt: at(-61.5),
      rows: { processed: 5 },
      rowsPredate: true,
      steps: ['load "missing" rows'],
      agedTo: at(-2),
    }),
  ],
  pendingDetails: [{ run: 'r1', detail: 'steps', counts: true, since: at(0), attempts: 2, dueAt: at(60) }],
  reported: ['rejected schema x'],
  totals: [
    {
      owner: 'nightly',
      metric: 'runsFinished',
      labels: ['result', 'success'],
      value: 3,
      published: 1,
      createdAt: at(-9),
    },
    {
      owner: TARGET,
      metric: 'runDuration',
      labels: [],
      value: { bounds: [1, 2], counts: [0, 1, 0], sum: 0.1 + 0.2, count: 1 },
      published: { bounds: [1, 2], counts: [0, 0, 0], sum: 0, count: 0 },
      createdAt: at(-9),
    },
  ],
});

async function open(): Promise<StoredTarget> {
  acme = (await storage.open(ACME))!;
  return acme;
}

async function reopen(): Promise<void> {
  await storage.close();
  storage = openSqliteStorage(file, at(60));
}

/** Makes every write of a run fail, or lets them pass again. */
function breakRuns(isBroken: boolean): void {
  const database = new DatabaseSync(file);
  database.exec(
    isBroken
      ? "CREATE TRIGGER full BEFORE INSERT ON runs BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
      : 'DROP TRIGGER full',
  );
  database.close();
}

describe('a target in the ledger', () => {
  it('is loaded as it was committed', async () => {
    await open();
    const expected = emptyState();
    applyChange(expected, EVERYTHING);
    await acme.write(EVERYTHING);

    await reopen();
    const { loaded } = await open();

    expect(loaded).toEqual(expected);
    expect(storage.runCount()).toBe(2);
  });

  it('shares what is shown with what was counted once all of it is shown', async () => {
    await open();
    const value = { bounds: [1], counts: [1, 0], sum: 1, count: 1 };
    const total = { owner: 'nightly', metric: 'runDuration', labels: [], value, published: value, createdAt: at(0) };
    await acme.write(aChange({ totals: [total] }));

    await reopen();
    const loaded = [...(await open()).loaded.totals.get('nightly')!.values()][0]!;

    expect(loaded.published).toBe(loaded.value);
  });

  it('keeps nothing of a change that could not be written whole', async () => {
    await open();
    breakRuns(true);

    await expect(acme.write(EVERYTHING)).rejects.toThrow(
      new LedgerError(`ledger ${file} cannot be written: database or disk is full; check disk space and permissions`),
    );

    expect((await open()).loaded).toEqual(emptyState());
    expect(storage.runCount()).toBe(0);
  });

  it('does not mix up scopes after a change that could not be written', async () => {
    await open();
    breakRuns(true);
    const first = aChange({ scopes: [newScope('a')], runs: [aRunRecord({ scope: 'a' })] });
    await acme.write(first).catch(() => undefined);
    breakRuns(false);

    await acme.write(aChange({ scopes: [newScope('b')], runs: [aRunRecord({ scope: 'b' })] }));

    expect(await acme.expected('a', at(-100), at(100))).toEqual([]);
    expect(await acme.expected('b', at(-100), at(100))).toEqual(['r1']);
  });

  it('is refused where another account has its id', async () => {
    await open();
    await acme.write(EVERYTHING);

    const opened = storage.open({ ...ACME, fingerprint: 'snowplow https://a 2' });

    await expect(opened).rejects.toThrow(
      new LedgerError(
        'the ledger knows target acme as snowplow https://a 1, the configuration says snowplow https://a 2; ' +
          'give the target another id, or set "reset: true" once to forget what was counted',
      ),
    );
    expect((await open()).loaded.live.size).toBe(1);
  });

  it('begins anew where the configuration says so', async () => {
    await open();
    await acme.write(EVERYTHING);

    const again = (await storage.open({ ...ACME, fingerprint: 'snowplow https://a 2', reset: true }))!;

    expect(again.loaded).toEqual(emptyState());
    expect(storage.runCount()).toBe(0);
    expect((await again.known(['r1'])).size).toBe(0);
  });

  it('stays as it is under "reset" while the account is the same', async () => {
    await open();
    await acme.write(EVERYTHING);

    const again = (await storage.open({ ...ACME, reset: true }))!;

    expect(again.loaded.live.size).toBe(1);
  });

  it('moves with its name', async () => {
    await open();
    await acme.write(EVERYTHING);

    const again = (await storage.open({ ...ACME, id: 'acme-prod', previousIds: ['unknown', 'acme'] }))!;

    expect(again.loaded.live.size).toBe(1);
    expect((await again.known(['r1'])).size).toBe(1);
    expect((await open()).loaded).toEqual(emptyState());
  });

  it('does not take over a previous name once it has a state of its own', async () => {
    await open();
    await acme.write(EVERYTHING);
    await storage.open({ ...ACME, id: 'acme-prod' });

    const again = (await storage.open({ ...ACME, id: 'acme-prod', previousIds: ['acme'] }))!;

    expect(again.loaded).toEqual(emptyState());
    expect((await open()).loaded.live.size).toBe(1);
  });

  it('knows nothing of the runs of another', async () => {
    await open();
    const other = (await storage.open({ ...ACME, id: 'other' }))!;

    await acme.write(EVERYTHING);

    expect((await other.known(['r1', 'r2'])).size).toBe(0);
    expect([...(await acme.known(['r1', 'r2', 'r3'])).keys()]).toEqual(['r1', 'r2']);
  });

  it('knows runs by any id that a vendor may think of', async () => {
    await open();
    const ids = ['a b', 'ü', '💡', "'; DROP TABLE runs", '"', '\\', '1e3', '007'];
    await acme.write(aChange({ runs: ids.map((id) => aRunRecord({ id })) }));

    const known = await acme.known(ids);

    expect(new Set(known.keys())).toEqual(new Set(ids));
  });

  it('keeps apart runs whose ids share a hash', async () => {
    const [id, other] = ['costarring', 'liquid'];
    expect(runHash(id)).toBe(runHash(other));
    await open();
    await acme.write(aChange({ runs: [aRunRecord({ id })] }));

    await reopen();
    await open();
    const before = await acme.known([id, other]);
    await acme.write(aChange({ runs: [aRunRecord({ id: other, ending: { result: 'failure' } })] }));
    await acme.write(aChange({ runs: [aRunRecord({ id, ending: { result: 'timeout' } })] }));
    await reopen();
    await open();
    const after = await acme.known([id, other]);

    expect([...before.keys()]).toEqual([id]);
    expect([...after.values()].map((run) => [run.id, run.life.ending?.result])).toEqual([
      [id, 'timeout'],
      [other, 'failure'],
    ]);
  });

  it('counts a run once, whoever asks for it to be counted again, and then keeps nothing of the change', async () => {
    await open();
    const total = { owner: 'nightly', metric: 'runsFinished', labels: [], value: 1, published: 1, createdAt: at(0) };
    await acme.write(aChange({ runs: [aRunRecord()], counted: ['r1'], totals: [total] }));
    const again = aChange({
      runs: [aRunRecord({ id: 'r2' }), aRunRecord({ ending: { result: 'failure' } })],
      counted: ['r2', 'r1'],
      totals: [{ ...total, value: 3 }],
    });

    await expect(acme.write(again)).rejects.toThrow(
      new LedgerError('run r1 is counted already: what would count it again is not written; please report this'),
    );

    await reopen();
    const reopened = await open();
    expect([...(await acme.known(['r1', 'r2'])).values()]).toEqual([aRunRecord()]);
    expect([...reopened.loaded.totals.get('nightly')!.values()].map(({ value }) => value)).toEqual([1]);
  });

  it.each([
    ['named twice', [aRunRecord()], ['r1', 'r1']],
    ['that is not recorded', [], ['r1']],
  ])('does not count a run %s', async (_what, runs, counted) => {
    await open();

    const committed = acme.write(aChange({ runs, counted }));

    await expect(committed).rejects.toThrow(LedgerError);
    expect(storage.runCount()).toBe(0);
  });

  it('counts a run that it had as history or of an excluded job, and changes a counted one', async () => {
    await open();
    const before = [
      aRunRecord({ ending: { disposition: 'history' } }),
      aRunRecord({ id: 'r2', ending: { disposition: 'excluded' } }),
    ];
    await acme.write(aChange({ runs: before }));

    const runs = [aRunRecord(), aRunRecord({ id: 'r2' })];
    await acme.write(aChange({ runs, counted: ['r1', 'r2'] }));
    await acme.write(aChange({ runs: [aRunRecord({ ending: { result: 'failure' } })] }));

    expect((await acme.known(['r1'])).get('r1')).toEqual(aRunRecord({ ending: { result: 'failure' } }));
  });

  it('holds a run once, however often it is written', async () => {
    await open();
    await acme.write(aChange({ runs: [aRunRecord(), aRunRecord()] }));
    await acme.write(aChange({ runs: [aRunRecord()] }));

    await reopen();

    expect(storage.runCount()).toBe(1);
  });

  it('finds all of many runs', async () => {
    await open();
    const ids = Array.from({ length: 2500 }, (_, index) => `r${index}`);
    await acme.write(aChange({ runs: ids.map((id) => aRunRecord({ id })) }));

    const known = await acme.known(ids);

    expect(known.size).toBe(2500);
  });
});

describe('a ledger that is not the only one of its file any more', () => {
  it('is lost to a writer that came later, and writes nothing more', async () => {
    await open();
    await acme.write(aChange({ runs: [aRunRecord()] }));
    const later = openSqliteStorage(file, at(60));
    const successor = (await later.open(ACME))!;

    const committed = acme.write(aChange({ runs: [aRunRecord({ id: 'r2' })] }));

    expect(await later.check()).toBeNull();
    await expect(committed).rejects.toThrow(
      /^ledger \S+ledger\.db is written by another exporter that was started later: this one stops, /,
    );
    expect(storage.lost.reason).toBeInstanceOf(LedgerError);
    expect(later.lost.aborted).toBe(false);
    await successor.write(aChange({ runs: [aRunRecord({ id: 'r3' })] }));
    expect([...(await successor.known(['r1', 'r2', 'r3'])).keys()].toSorted()).toEqual(['r1', 'r3']);
    await later.close();
  });

  it('can be asked whether it is lost while nothing is to be written', async () => {
    const before = await storage.check();
    await openSqliteStorage(file, at(60)).close();

    const after = await storage.check();

    expect(before).toBeNull();
    expect(after?.message).toContain('is written by another exporter');
    expect(storage.lost.reason).toBe(after);
  });

  it('stays lost, also once the other one has ended', async () => {
    await open();
    await openSqliteStorage(file, at(60)).close();
    const committed = (): Promise<void> => acme.write(aChange({ runs: [aRunRecord()] }));

    await expect(committed()).rejects.toThrow('is written by another exporter');
    await expect(committed()).rejects.toThrow('is written by another exporter');
  });

  it('is not lost to somebody who only made a copy', async () => {
    await open();
    await (await copySqliteLedger(file, createSettableClock(at(60)))).close();

    await acme.write(aChange({ runs: [aRunRecord()] }));

    expect(storage.lost.aborted).toBe(false);
  });
});

describe('a ledger whose file is not where it was', () => {
  const GONE = /^ledger \S+ledger\.db was deleted, moved or replaced while this exporter was running; put it back, /;
  const commit = (id: string): Promise<void> => acme.write(aChange({ runs: [aRunRecord({ id })] }));

  it('takes no change, and goes on exactly once its folder is back', async () => {
    await open();
    await commit('r1');
    const moved = `${folder}-moved`;
    renameSync(folder, moved);

    await expect(commit('r2')).rejects.toThrow(GONE);
    renameSync(moved, folder);
    await commit('r3');

    expect([...(await acme.known(['r1', 'r2', 'r3'])).keys()]).toEqual(['r1', 'r3']);
    expect(storage.lost.aborted).toBe(false);
  });

  it.each(['', '-wal'])('takes no change after "ledger.db%s" was deleted', async (ending) => {
    await open();
    rmSync(`${file}${ending}`);

    await expect(commit('r1')).rejects.toThrow(GONE);
  });

  it('takes no change after another was put in its place', async () => {
    await open();
    await commit('r1');
    cpSync(file, `${file}.copy`);
    renameSync(`${file}.copy`, file);

    await expect(commit('r2')).rejects.toThrow(GONE);
  });
});

describe('a ledger whose lock another program holds', () => {
  it('says so soon, and takes the change once the lock is gone', async () => {
    await open();
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    const began = performance.now();

    const committed = acme.write(aChange({ runs: [aRunRecord()] }));

    await expect(committed).rejects.toThrow(
      new LedgerError(
        `ledger ${file} cannot be written: database is locked; another program holds its lock ` +
          '(a backup, a VACUUM, an open sqlite3): have it end or wait until it has',
      ),
    );
    expect(performance.now() - began).toBeLessThan(2000);
    other.exec('ROLLBACK');
    other.close();
    await acme.write(aChange({ runs: [aRunRecord()] }));
    expect(storage.runCount()).toBe(1);
  });
});

describe('expected', () => {
  it('names finished runs that lie within the span as a whole', async () => {
    await open();
    const runs = [
      aRunRecord({ id: 'within', startedAt: at(10), ending: { endedAt: at(20) } }),
      aRunRecord({ id: 'on the edges', startedAt: at(0), ending: { endedAt: at(100) } }),
      aRunRecord({ id: 'created within', createdAt: at(0), startedAt: at(10), ending: { endedAt: at(20) } }),
      aRunRecord({ id: 'created before', createdAt: at(-1), startedAt: at(10), ending: { endedAt: at(20) } }),
      aRunRecord({ id: 'began before', startedAt: at(-1), ending: { endedAt: at(20) } }),
      aRunRecord({ id: 'ended after', startedAt: at(10), ending: { endedAt: at(101) } }),
      aRunRecord({ id: 'live again', phase: 'live', startedAt: at(10), ending: { endedAt: at(20) } }),
      aRunRecord({ id: 'missing', startedAt: at(10), isMissing: true, ending: { endedAt: at(20) } }),
      aRunRecord({ id: 'without start', startedAt: null, ending: { endedAt: at(20) } }),
    ];
    await acme.write(aChange({ runs }));

    const expected = await acme.expected('account', at(0), at(100));

    expect(expected.toSorted()).toEqual(['created within', 'on the edges', 'within']);
  });
});

describe('pruning', () => {
  const before = at(15 * DAY);
  const prune = (): Promise<void> => acme.write(aChange({ pruned: { scope: 'account', before } }));
  const left = async (ids: readonly string[]): Promise<readonly string[]> => [...(await acme.known(ids)).keys()];

  it('forgets runs that ended before and were neither changed nor listed by a full sync since', async () => {
    await open();
    const runs = [
      aRunRecord({ id: 'old' }),
      aRunRecord({ id: 'listed' }),
      aRunRecord({ id: 'revised', changedAt: at(16 * DAY) }),
      aRunRecord({ id: 'newer', ending: { endedAt: at(16 * DAY) } }),
      aRunRecord({ id: 'live', phase: 'live' }),
      aRunRecord({ id: 'live again', phase: 'live', ending: {} }),
    ];
    await acme.write(aChange({ runs, synced: { at: at(0), ids: ['old', 'listed'] } }));
    await acme.write(aChange({ synced: { at: at(16 * DAY), ids: ['listed'] } }));

    const latest = await acme.latestPrunable({ scope: 'account', before });
    await prune();

    expect(latest).toBe(at(0));
    expect((await left(runs.map(({ id }) => id))).toSorted()).toEqual([
      'listed',
      'live',
      'live again',
      'newer',
      'revised',
    ]);
    expect(storage.runCount()).toBe(5);
  });

  it('keeps runs that the full syncs of another scope list', async () => {
    await open();
    await acme.write(aChange({ scopes: [newScope('account'), newScope('b')], runs: [aRunRecord()] }));
    await acme.write(aChange({ synced: { at: at(16 * DAY), ids: ['r1'] } }));

    await prune();

    expect(await left(['r1'])).toEqual(['r1']);
  });

  it('does not forget the runs of another scope', async () => {
    await open();
    await acme.write(aChange({ scopes: [newScope('account'), newScope('b')], runs: [aRunRecord({ scope: 'b' })] }));

    const latest = await acme.latestPrunable({ scope: 'account', before });
    await prune();

    expect(latest).toBeNull();
    expect(await left(['r1'])).toEqual(['r1']);
  });

  it('keeps a run that has changed, also where no full sync listed it', async () => {
    await open();
    await acme.write(aChange({ runs: [aRunRecord(), aRunRecord({ id: 'r2' })] }));
    await acme.write(aChange({ runs: [aRunRecord({ changedAt: at(16 * DAY) })] }));

    await prune();

    expect(await left(['r1', 'r2'])).toEqual(['r1']);
  });
});
