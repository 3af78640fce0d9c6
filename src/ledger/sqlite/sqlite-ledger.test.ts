import { cpSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aJob, at } from '../../../test/support/builders.ts';
import { DAY } from '../../model/time.ts';
import { type Ledger, LedgerError, type TargetIdentity } from '../ledger.ts';
import { type Change, type JobRecord, newScope, NO_CHANGE, type RunRecord, TARGET } from '../records.ts';
import { applyChange, emptyState } from '../target-state.ts';
import { copySqliteLedger } from './copy-ledger.ts';
import { runHash } from './run-hash.ts';
import { openSqliteLedger } from './sqlite-ledger.ts';

let folder = '';
let file = '';
let ledger: Ledger;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'datajobs-test-'));
  file = join(folder, 'ledger.db');
  ledger = openSqliteLedger(file, at(0));
});
afterEach(async () => {
  await ledger.close();
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

function runRecord(overrides: Partial<RunRecord> = {}): RunRecord {
  return {
    id: 'r1',
    job: 'nightly',
    scope: 'account',
    phase: 'finished',
    disposition: 'counted',
    state: null,
    result: 'success',
    vendorState: 'SUCCEEDED',
    createdAt: null,
    startedAt: at(-60),
    endedAt: at(0),
    recordedAt: at(0),
    changedAt: at(0),
    goneAt: null,
    rows: null,
    rowsPredate: false,
    steps: [],
    hidden: false,
    missing: false,
    agedTo: null,
    claimedEnd: null,
    ...overrides,
  };
}

function aChange(overrides: Partial<Change> = {}): Change {
  return { ...NO_CHANGE, scopes: [newScope('account')], jobs: [jobRecord()], ...overrides };
}

const EVERYTHING = aChange({
  runs: [
    runRecord(),
    runRecord({
      id: 'r2',
      phase: 'live',
      disposition: null,
      state: 'executing',
      result: null,
      createdAt: at(-61.5),
      endedAt: null,
      goneAt: at(-1),
      rows: { processed: 5 },
      rowsPredate: true,
      steps: ['load "missing" rows'],
      hidden: true,
    }),
  ],
  owed: [{ run: 'r1', detail: 'steps', counts: true, since: at(0), attempts: 2, dueAt: at(60) }],
  noted: ['rejected schema x'],
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

async function reopen(): Promise<void> {
  await ledger.close();
  ledger = openSqliteLedger(file, at(60));
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
    await ledger.open(ACME);
    const expected = emptyState();
    applyChange(expected, EVERYTHING);
    await ledger.commit('acme', EVERYTHING);

    await reopen();
    const loaded = await ledger.open(ACME);

    expect(loaded).toEqual(expected);
    expect(ledger.runCount()).toBe(2);
  });

  it('shares what is shown with what was counted once all of it is shown', async () => {
    await ledger.open(ACME);
    const value = { bounds: [1], counts: [1, 0], sum: 1, count: 1 };
    const total = { owner: 'nightly', metric: 'runDuration', labels: [], value, published: value, createdAt: at(0) };
    await ledger.commit('acme', aChange({ totals: [total] }));

    await reopen();
    const loaded = [...(await ledger.open(ACME)).totals.get('nightly')!.values()][0]!;

    expect(loaded.published).toBe(loaded.value);
  });

  it('keeps nothing of a change that could not be written whole', async () => {
    await ledger.open(ACME);
    breakRuns(true);

    await expect(ledger.commit('acme', EVERYTHING)).rejects.toThrow(
      new LedgerError(`ledger ${file} cannot be written: database or disk is full; check disk space and permissions`),
    );

    expect(await ledger.open(ACME)).toEqual(emptyState());
    expect(ledger.runCount()).toBe(0);
  });

  it('does not mix up scopes after a change that could not be written', async () => {
    await ledger.open(ACME);
    breakRuns(true);
    const first = aChange({ scopes: [newScope('a')], runs: [runRecord({ scope: 'a' })] });
    await ledger.commit('acme', first).catch(() => undefined);
    breakRuns(false);

    await ledger.commit('acme', aChange({ scopes: [newScope('b')], runs: [runRecord({ scope: 'b' })] }));

    expect(await ledger.expected('acme', 'a', at(-100), at(100))).toEqual([]);
    expect(await ledger.expected('acme', 'b', at(-100), at(100))).toEqual(['r1']);
  });

  it('is refused where another account has its id', async () => {
    await ledger.open(ACME);
    await ledger.commit('acme', EVERYTHING);

    const opened = ledger.open({ ...ACME, fingerprint: 'snowplow https://a 2' });

    await expect(opened).rejects.toThrow(
      new LedgerError(
        'the ledger knows target acme as snowplow https://a 1, the configuration says snowplow https://a 2; ' +
          'give the target another id, or set "reset: true" once to forget what was counted',
      ),
    );
    expect((await ledger.open(ACME)).live.size).toBe(1);
  });

  it('begins anew where the configuration says so', async () => {
    await ledger.open(ACME);
    await ledger.commit('acme', EVERYTHING);

    const state = await ledger.open({ ...ACME, fingerprint: 'snowplow https://a 2', reset: true });

    expect(state).toEqual(emptyState());
    expect(ledger.runCount()).toBe(0);
    expect((await ledger.known('acme', ['r1'])).size).toBe(0);
  });

  it('stays as it is under "reset" while the account is the same', async () => {
    await ledger.open(ACME);
    await ledger.commit('acme', EVERYTHING);

    const state = await ledger.open({ ...ACME, reset: true });

    expect(state.live.size).toBe(1);
  });

  it('moves with its name', async () => {
    await ledger.open(ACME);
    await ledger.commit('acme', EVERYTHING);

    const state = await ledger.open({ ...ACME, id: 'acme-prod', previousIds: ['unknown', 'acme'] });

    expect(state.live.size).toBe(1);
    expect((await ledger.known('acme-prod', ['r1'])).size).toBe(1);
    expect(await ledger.open(ACME)).toEqual(emptyState());
  });

  it('does not take over a previous name once it has a state of its own', async () => {
    await ledger.open(ACME);
    await ledger.commit('acme', EVERYTHING);
    await ledger.open({ ...ACME, id: 'acme-prod' });

    const state = await ledger.open({ ...ACME, id: 'acme-prod', previousIds: ['acme'] });

    expect(state).toEqual(emptyState());
    expect((await ledger.open(ACME)).live.size).toBe(1);
  });

  it('knows nothing of the runs of another', async () => {
    await ledger.open(ACME);
    await ledger.open({ ...ACME, id: 'other' });

    await ledger.commit('acme', EVERYTHING);

    expect((await ledger.known('other', ['r1', 'r2'])).size).toBe(0);
    expect([...(await ledger.known('acme', ['r1', 'r2', 'r3'])).keys()]).toEqual(['r1', 'r2']);
  });

  it('knows runs by any id that a vendor may think of', async () => {
    await ledger.open(ACME);
    const ids = ['a b', 'ü', '💡', "'; DROP TABLE runs", '"', '\\', '1e3', '007'];
    await ledger.commit('acme', aChange({ runs: ids.map((id) => runRecord({ id })) }));

    const known = await ledger.known('acme', ids);

    expect(new Set(known.keys())).toEqual(new Set(ids));
  });

  it('tells apart runs whose ids share a hash', async () => {
    const [id, other] = ['costarring', 'liquid'];
    expect(runHash(id)).toBe(runHash(other));
    await ledger.open(ACME);
    await ledger.commit('acme', aChange({ runs: [runRecord({ id })] }));

    await reopen();
    await ledger.open(ACME);
    const before = await ledger.known('acme', [id, other]);
    await ledger.commit('acme', aChange({ runs: [runRecord({ id: other, result: 'failure' })] }));
    await ledger.commit('acme', aChange({ runs: [runRecord({ id, result: 'timeout' })] }));
    await reopen();
    await ledger.open(ACME);
    const after = await ledger.known('acme', [id, other]);

    expect([...before.keys()]).toEqual([id]);
    expect([...after.values()].map((run) => [run.id, run.result])).toEqual([
      [id, 'timeout'],
      [other, 'failure'],
    ]);
  });

  it('counts a run once, whoever asks for it to be counted again, and then keeps nothing of the change', async () => {
    await ledger.open(ACME);
    const total = { owner: 'nightly', metric: 'runsFinished', labels: [], value: 1, published: 1, createdAt: at(0) };
    await ledger.commit('acme', aChange({ runs: [runRecord()], counted: ['r1'], totals: [total] }));
    const again = aChange({
      runs: [runRecord({ id: 'r2' }), runRecord({ result: 'failure' })],
      counted: ['r2', 'r1'],
      totals: [{ ...total, value: 3 }],
    });

    await expect(ledger.commit('acme', again)).rejects.toThrow(
      new LedgerError('run r1 is counted already: what would count it again is not written; please report this'),
    );

    await reopen();
    const state = await ledger.open(ACME);
    expect([...(await ledger.known('acme', ['r1', 'r2'])).values()]).toEqual([runRecord()]);
    expect([...state.totals.get('nightly')!.values()].map(({ value }) => value)).toEqual([1]);
  });

  it.each([
    ['named twice', [runRecord()], ['r1', 'r1']],
    ['that is not recorded', [], ['r1']],
  ])('does not count a run %s', async (_what, runs, counted) => {
    await ledger.open(ACME);

    const committed = ledger.commit('acme', aChange({ runs, counted }));

    await expect(committed).rejects.toThrow(LedgerError);
    expect(ledger.runCount()).toBe(0);
  });

  it('counts a run that it had as history or of an excluded job, and changes a counted one', async () => {
    await ledger.open(ACME);
    const before = [runRecord({ disposition: 'history' }), runRecord({ id: 'r2', disposition: 'excluded' })];
    await ledger.commit('acme', aChange({ runs: before }));

    const runs = [runRecord(), runRecord({ id: 'r2' })];
    await ledger.commit('acme', aChange({ runs, counted: ['r1', 'r2'] }));
    await ledger.commit('acme', aChange({ runs: [runRecord({ result: 'failure' })] }));

    expect((await ledger.known('acme', ['r1'])).get('r1')).toEqual(runRecord({ result: 'failure' }));
  });

  it('holds a run once, however often it is written', async () => {
    await ledger.open(ACME);
    await ledger.commit('acme', aChange({ runs: [runRecord(), runRecord()] }));
    await ledger.commit('acme', aChange({ runs: [runRecord()] }));

    await reopen();

    expect(ledger.runCount()).toBe(1);
  });

  it('finds all of many runs', async () => {
    await ledger.open(ACME);
    const ids = Array.from({ length: 2500 }, (_, index) => `r${index}`);
    await ledger.commit('acme', aChange({ runs: ids.map((id) => runRecord({ id })) }));

    const known = await ledger.known('acme', ids);

    expect(known.size).toBe(2500);
  });
});

describe('a ledger that is not the only one of its file any more', () => {
  it('is lost to a writer that came later, and writes nothing more', async () => {
    await ledger.open(ACME);
    await ledger.commit('acme', aChange({ runs: [runRecord()] }));
    const later = openSqliteLedger(file, at(60));
    await later.open(ACME);

    const committed = ledger.commit('acme', aChange({ runs: [runRecord({ id: 'r2' })] }));

    expect(later.trouble()).toBeNull();
    await expect(committed).rejects.toThrow(
      /^ledger \S+ledger\.db is written by another exporter that was started later: this one stops, /,
    );
    expect(ledger.lost.reason).toBeInstanceOf(LedgerError);
    expect(later.lost.aborted).toBe(false);
    await later.commit('acme', aChange({ runs: [runRecord({ id: 'r3' })] }));
    expect([...(await later.known('acme', ['r1', 'r2', 'r3'])).keys()].toSorted()).toEqual(['r1', 'r3']);
    await later.close();
  });

  it('can be asked whether it is lost while nothing is to be written', async () => {
    const before = ledger.trouble();
    await openSqliteLedger(file, at(60)).close();

    const after = ledger.trouble();

    expect(before).toBeNull();
    expect(after?.message).toContain('is written by another exporter');
    expect(ledger.lost.reason).toBe(after);
  });

  it('stays lost, also once the other one has ended', async () => {
    await ledger.open(ACME);
    await openSqliteLedger(file, at(60)).close();
    const committed = (): Promise<void> => ledger.commit('acme', aChange({ runs: [runRecord()] }));

    await expect(committed()).rejects.toThrow('is written by another exporter');
    await expect(committed()).rejects.toThrow('is written by another exporter');
  });

  it('is not lost to somebody who only made a copy', async () => {
    await ledger.open(ACME);
    await (await copySqliteLedger(file, at(60))).close();

    await ledger.commit('acme', aChange({ runs: [runRecord()] }));

    expect(ledger.lost.aborted).toBe(false);
  });
});

describe('a ledger whose file is not where it was', () => {
  const GONE = /^ledger \S+ledger\.db was deleted, moved or replaced while this exporter was running; put it back, /;
  const commit = (id: string): Promise<void> => ledger.commit('acme', aChange({ runs: [runRecord({ id })] }));

  it('takes no change, and goes on exactly once its folder is back', async () => {
    await ledger.open(ACME);
    await commit('r1');
    const away = `${folder}-away`;
    renameSync(folder, away);

    await expect(commit('r2')).rejects.toThrow(GONE);
    renameSync(away, folder);
    await commit('r3');

    expect([...(await ledger.known('acme', ['r1', 'r2', 'r3'])).keys()]).toEqual(['r1', 'r3']);
    expect(ledger.lost.aborted).toBe(false);
  });

  it.each(['', '-wal'])('takes no change after "ledger.db%s" was deleted', async (ending) => {
    await ledger.open(ACME);
    rmSync(`${file}${ending}`);

    await expect(commit('r1')).rejects.toThrow(GONE);
  });

  it('takes no change after another was put in its place', async () => {
    await ledger.open(ACME);
    await commit('r1');
    cpSync(file, `${file}.copy`);
    renameSync(`${file}.copy`, file);

    await expect(commit('r2')).rejects.toThrow(GONE);
  });
});

describe('a ledger whose lock another program holds', () => {
  it('says so soon, and takes the change once the lock is gone', async () => {
    await ledger.open(ACME);
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    const began = performance.now();

    const committed = ledger.commit('acme', aChange({ runs: [runRecord()] }));

    await expect(committed).rejects.toThrow(
      new LedgerError(
        `ledger ${file} cannot be written: database is locked; another program holds its lock ` +
          '(a backup, a VACUUM, an open sqlite3): have it end or wait until it has',
      ),
    );
    expect(performance.now() - began).toBeLessThan(2000);
    other.exec('ROLLBACK');
    other.close();
    await ledger.commit('acme', aChange({ runs: [runRecord()] }));
    expect(ledger.runCount()).toBe(1);
  });
});

describe('expected', () => {
  it('names finished runs that lie within the span as a whole', async () => {
    await ledger.open(ACME);
    const runs = [
      runRecord({ id: 'within', startedAt: at(10), endedAt: at(20) }),
      runRecord({ id: 'on the edges', startedAt: at(0), endedAt: at(100) }),
      runRecord({ id: 'created within', createdAt: at(0), startedAt: at(10), endedAt: at(20) }),
      runRecord({ id: 'created before', createdAt: at(-1), startedAt: at(10), endedAt: at(20) }),
      runRecord({ id: 'began before', startedAt: at(-1), endedAt: at(20) }),
      runRecord({ id: 'ended after', startedAt: at(10), endedAt: at(101) }),
      runRecord({ id: 'live again', startedAt: at(10), endedAt: at(20), state: 'executing' }),
      runRecord({ id: 'missing', startedAt: at(10), endedAt: at(20), missing: true }),
      runRecord({ id: 'without start', startedAt: null, endedAt: at(20) }),
    ];
    await ledger.commit('acme', aChange({ runs }));

    const expected = await ledger.expected('acme', 'account', at(0), at(100));

    expect(expected.toSorted()).toEqual(['created within', 'on the edges', 'within']);
  });
});

describe('pruning', () => {
  const before = at(15 * DAY);
  const prune = (): Promise<void> => ledger.commit('acme', aChange({ pruned: { scope: 'account', before } }));
  const left = async (ids: readonly string[]): Promise<readonly string[]> => [
    ...(await ledger.known('acme', ids)).keys(),
  ];

  it('forgets what ended before and was neither changed nor listed by a sweep since', async () => {
    await ledger.open(ACME);
    const runs = [
      runRecord({ id: 'old' }),
      runRecord({ id: 'listed' }),
      runRecord({ id: 'revised', changedAt: at(16 * DAY) }),
      runRecord({ id: 'newer', endedAt: at(16 * DAY) }),
      runRecord({ id: 'live', phase: 'live', state: 'executing', endedAt: null }),
      runRecord({ id: 'live again', state: 'executing' }),
    ];
    await ledger.commit('acme', aChange({ runs, swept: { at: at(0), ids: ['old', 'listed'] } }));
    await ledger.commit('acme', aChange({ swept: { at: at(16 * DAY), ids: ['listed'] } }));

    const latest = await ledger.latestPrunable('acme', { scope: 'account', before });
    await prune();

    expect(latest).toBe(at(0));
    expect((await left(runs.map(({ id }) => id))).toSorted()).toEqual([
      'listed',
      'live',
      'live again',
      'newer',
      'revised',
    ]);
    expect(ledger.runCount()).toBe(5);
  });

  it('keeps what the sweeps of another scope list', async () => {
    await ledger.open(ACME);
    await ledger.commit('acme', aChange({ scopes: [newScope('account'), newScope('b')], runs: [runRecord()] }));
    await ledger.commit('acme', aChange({ swept: { at: at(16 * DAY), ids: ['r1'] } }));

    await prune();

    expect(await left(['r1'])).toEqual(['r1']);
  });

  it('does not forget the runs of another scope', async () => {
    await ledger.open(ACME);
    await ledger.commit(
      'acme',
      aChange({ scopes: [newScope('account'), newScope('b')], runs: [runRecord({ scope: 'b' })] }),
    );

    const latest = await ledger.latestPrunable('acme', { scope: 'account', before });
    await prune();

    expect(latest).toBeNull();
    expect(await left(['r1'])).toEqual(['r1']);
  });

  it('takes a run that changed for present then, whether or not a sweep listed it', async () => {
    await ledger.open(ACME);
    await ledger.commit('acme', aChange({ runs: [runRecord(), runRecord({ id: 'r2' })] }));
    await ledger.commit('acme', aChange({ runs: [runRecord({ changedAt: at(16 * DAY) })] }));

    await prune();

    expect(await left(['r1', 'r2'])).toEqual(['r1']);
  });
});
