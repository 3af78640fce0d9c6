/**
 * What becomes of Tailer's runs whose records are not as simple as one would like, through the real client, engine and
 * ledger: runs that wait, that name no end, that get their `job_id` late, that are delivered again.
 */
import { describe, expect, it } from 'vitest';
import { Secret } from '../src/config/secret.ts';
import { DAY, formatTimestamp, HOUR, MINUTE } from '../src/model/time.ts';
import { tailer } from '../src/vendors/tailer/index.ts';
import { at } from './support/builders.ts';
import type { Seen } from './support/http/start-server.ts';
import { startWire, type WireEngine } from './support/start-wire.ts';

const NAME = '000099_pda_DEV';
const JOB_ID = `gbq-to-gbq|${NAME}`;

type Fields = Readonly<Record<string, unknown>>;

/** An instant so many seconds from the start of the test's time, as the vendor writes it. */
const time = (offset: number): string => formatTimestamp(at(offset)).replace('Z', '.000000+00:00');

/** A record of a run that was made at `start`; of a table-to-table operation unless said. */
function record(run: string, start: number, fields: Fields = {}): Fields {
  return {
    account: '000099',
    environment: 'DEV',
    configuration_type: 'gbq-to-gbq',
    configuration_id: NAME,
    job_id: JOB_ID,
    run_id: run,
    start_execution_date: time(start),
    ...fields,
  };
}

interface Tailer extends WireEngine {
  /** What the vendor has. */
  records: readonly Fields[];
  /** How many of them an answer holds at most, whatever is asked for. */
  most: number;
  /** Look-ups so far. */
  lookedUp(): readonly Fields[];
}

/** Tailer as its documents show it, over records that a test writes: lists by day and status, look-ups by run id. */
async function startTailer(records: readonly Fields[] = []): Promise<Tailer> {
  const running: { exporter?: Tailer } = {};
  const isOfDay = (one: Fields, day: unknown): boolean =>
    typeof one['start_execution_date'] !== 'string' || one['start_execution_date'].startsWith(String(day));
  const bodyOf = ({ body }: Seen): Fields => JSON.parse(body) as Fields;
  const answer = (request: Seen): unknown => {
    const asked = bodyOf(request);
    const all = running.exporter?.records ?? [];
    if (asked['action'] === 'check_run_status') {
      // The documents show a look-up with the whole identity alone; one without `job_id` is taken here.
      const isAsked = (one: Fields): boolean =>
        one['run_id'] === asked['run_id'] && [undefined, one['job_id']].includes(asked['job_id']);
      return { results: all.filter(isAsked) };
    }
    const listed = all
      .filter((one) => isOfDay(one, asked['execution_date']) && [undefined, one['status']].includes(asked['status']))
      .toSorted((a, b) => String(b['start_execution_date']).localeCompare(String(a['start_execution_date'])));
    return { results: listed.slice(0, Math.min(Number(asked['limit']), running.exporter?.most ?? 0)) };
  };
  const exporter = await startWire({
    vendor: tailer,
    settings: (origin) => ({
      base_url: origin,
      account: '000099',
      environment: 'DEV',
      configurations: [{ type: 'table-to-table', id: NAME }],
      auth: { token: new Secret(() => 'given-token') },
    }),
    answer,
  });
  running.exporter = Object.assign(exporter, {
    records,
    most: 10_000,
    lookedUp: () => exporter.seen.map(bodyOf).filter(({ action }) => action === 'check_run_status'),
  });
  return running.exporter;
}

/** Lets two minutes pass and polls. */
async function pollLater(exporter: Tailer, records: readonly Fields[] = exporter.records): Promise<void> {
  exporter.records = records;
  exporter.clock.advance(2 * MINUTE);
  await exporter.poll();
}

/** What is above 0 of a job's finished runs, by result. */
function finished(exporter: Tailer): Readonly<Record<string, number>> {
  const shown = Object.entries(exporter.shown('runsFinished')).filter(([, value]) => value > 0);
  return Object.fromEntries(shown.map(([key, value]) => [key.replace(`${NAME} `, ''), value]));
}

/** Results of `last_run_result` that are so. */
const lastResult = (exporter: Tailer): readonly string[] =>
  Object.entries(exporter.shown('lastRunResult')).flatMap(([key, value]) => (value === 1 ? [key.split(' ')[1]!] : []));

const lastEnd = (exporter: Tailer): number | undefined => exporter.shown('lastRunEnd')[NAME];

describe('a run that waits for its turn', () => {
  it('is pending, and its age is that of its record', async () => {
    using exporter = await startTailer([record('r1', -90, { status: 'WAITING' })]);

    await exporter.poll();

    expect(exporter.shown('runsActive')).toMatchObject({ [`${NAME} pending`]: 1, [`${NAME} executing`]: 0 });
    expect(exporter.shown('activeRunOldestStart')).toEqual({ [`${NAME} pending`]: at(-90) });
    expect(exporter.shown('unknownStates')).toEqual({});
  });

  it('has no queue time: when its turn came is not said', async () => {
    using exporter = await startTailer([record('r1', -90, { status: 'WAITING' })]);
    await exporter.poll();
    await pollLater(exporter, [record('r1', -90, { status: 'RUNNING' })]);

    await pollLater(exporter, [record('r1', -90, { status: 'SUCCESS', duration: '0:00:05' })]);

    expect(finished(exporter)).toEqual({ success: 1 });
    expect(exporter.shown('runQueue')).toEqual({});
  });

  it('ends when it was last seen live at the earliest: its failure is newer than a success that ended meanwhile', async () => {
    const waited = record('waited', -1 * HOUR);
    using exporter = await startTailer([{ ...waited, status: 'WAITING' }]);
    await exporter.poll();
    const other = record('other', 10, { status: 'SUCCESS', duration: '0:00:30' });
    await pollLater(exporter, [{ ...waited, status: 'RUNNING' }, other]);

    await pollLater(exporter, [{ ...waited, status: 'FAILED', duration: '0:00:20' }, other]);

    expect(finished(exporter)).toEqual({ success: 1, failure: 1 });
    expect(lastResult(exporter)).toEqual(['failure']);
    expect(lastEnd(exporter)).toBe(at(2 * MINUTE));
  });

  it('ends so also where the process was started anew while it waited', async () => {
    const waited = record('waited', -1 * HOUR);
    using exporter = await startTailer([{ ...waited, status: 'WAITING' }]);
    await exporter.poll();
    await exporter.restart();
    await pollLater(exporter);
    await exporter.restart();

    await pollLater(exporter, [{ ...waited, status: 'FAILED', duration: '0:00:20' }]);

    expect(lastEnd(exporter)).toBeGreaterThanOrEqual(at(0));
  });

  it('ends when its record was last written where no poll saw it live', async () => {
    using exporter = await startTailer([record('before', -600, { status: 'SUCCESS', duration: '0:00:10' })]);
    await exporter.poll();
    const success = record('other', -1 * MINUTE, { status: 'SUCCESS', duration: '0:01:30' });
    const waited = record('waited', -1 * HOUR, { status: 'FAILED', duration: '0:00:20', last_update_date: time(100) });

    await pollLater(exporter, [success, waited]);

    expect(finished(exporter)).toEqual({ success: 1, failure: 1 });
    expect(lastResult(exporter)).toEqual(['failure']);
    expect(lastEnd(exporter)).toBe(at(100));
  });

  it('counts as the first run of its job, though it was made long before the exporter could see it', async () => {
    using exporter = await startTailer();
    await exporter.poll();
    exporter.clock.advance(2 * HOUR);
    await exporter.poll();
    const written = { last_update_date: time(2 * HOUR + 100) };

    await pollLater(exporter, [record('r1', -1 * MINUTE, { status: 'FAILED', duration: '0:00:20', ...written })]);

    expect(finished(exporter)).toEqual({ failure: 1 });
  });
});

describe('the end of a run', () => {
  it('is not when a person marked it as handled', async () => {
    const failed = record('r1', -1 * HOUR, { duration: '0:01:00' });
    using exporter = await startTailer([{ ...failed, status: 'CHECKED', last_update_date: time(-60) }]);

    await exporter.poll();

    expect(lastEnd(exporter)).toBe(at(-1 * HOUR + 60));
  });

  it('does not move when a person edits the run later', async () => {
    const failed = record('r1', -1 * HOUR, { duration: '0:01:00' });
    using exporter = await startTailer([{ ...failed, status: 'FAILED', last_update_date: time(-1 * HOUR + 61) }]);
    await exporter.poll();
    const before = lastEnd(exporter);

    await pollLater(exporter, [{ ...failed, status: 'SUCCESS', last_update_date: time(100) }]);

    expect([before, lastEnd(exporter)]).toEqual([at(-1 * HOUR + 61), at(-1 * HOUR + 61)]);
  });

  it('is not an edit of days later', async () => {
    const edited = { status: 'SUCCESS', duration: '0:01:00', last_update_date: time(-60) };
    using exporter = await startTailer([record('r1', -3 * DAY, edited)]);

    await exporter.poll();

    expect(lastEnd(exporter)).toBe(at(-3 * DAY + 60));
  });

  it('that is not told is no news at the baseline: the newest run is another', async () => {
    using exporter = await startTailer([
      record('endless', -3 * DAY, { status: 'FAILED' }),
      record('written', -2 * DAY, { status: 'FAILED', last_update_date: time(-2 * DAY + 90) }),
      record('newest', -1 * HOUR, { status: 'SUCCESS', duration: '0:01:00' }),
    ]);

    await exporter.poll();

    expect(lastResult(exporter)).toEqual(['success']);
    expect(exporter.shown('lastSuccess')).toEqual({ [NAME]: at(-1 * HOUR + 60) });
    expect(exporter.shown('lastFailure')).toEqual({ [NAME]: at(-2 * DAY + 90) });
    expect(finished(exporter)).toEqual({});
  });

  it('is not in the future: a later failure is the newest run', async () => {
    using exporter = await startTailer([record('r1', -60, { status: 'RUNNING' })]);
    await exporter.poll();
    const hasty = record('r1', -60, { status: 'SUCCESS', duration: '1 day, 0:00:00' });
    await pollLater(exporter, [hasty]);
    const before = lastEnd(exporter);

    await pollLater(exporter, [hasty, record('r2', 130, { status: 'FAILED', duration: '0:01:00' })]);

    expect(before).toBe(at(2 * MINUTE));
    expect(lastResult(exporter)).toEqual(['failure']);
  });

  it('that is not told of a run that was live at the poll before is when it was seen to have finished', async () => {
    using exporter = await startTailer([record('r1', -1 * HOUR, { status: 'RUNNING' })]);
    await exporter.poll();

    await pollLater(exporter, [record('r1', -1 * HOUR, { status: 'FAILED' })]);

    expect(finished(exporter)).toEqual({ failure: 1 });
    expect(lastEnd(exporter)).toBe(at(2 * MINUTE));
  });
});

describe('a run whose job_id comes late', () => {
  it.each([
    ['is missing', undefined],
    ['is null', null],
    ['is empty', ''],
  ])('is one run where it %s at first', async (_what, jobId) => {
    using exporter = await startTailer([record('r1', -60, { status: 'RUNNING', job_id: jobId })]);
    await exporter.poll();

    const done = record('r1', -60, { status: 'FAILED', duration: '0:01:30' });
    await pollLater(exporter, [done]);
    await pollLater(exporter);

    expect(finished(exporter)).toEqual({ failure: 1 });
    expect(exporter.shown('runsActive')[`${NAME} executing`]).toBe(0);
  });

  it('is one run over restarts and full syncs', async () => {
    using exporter = await startTailer([record('r1', -60, { status: 'RUNNING', job_id: null })]);
    await exporter.poll();
    await exporter.restart();
    await pollLater(exporter, [record('r1', -60, { status: 'FAILED', duration: '0:01:30' })]);
    for (let day = 0; day < 5; day += 1) {
      await exporter.kill();
      exporter.clock.advance(DAY);
      await exporter.poll();
    }

    expect(finished(exporter)).toEqual({ failure: 1 });
    expect(exporter.shown('lostRuns')).toEqual({ '': 0 });
  });

  it('is one run where it shows its job while it is live, and its end is not before it was last seen so', async () => {
    using exporter = await startTailer([record('r1', -1 * HOUR, { status: 'RUNNING', job_id: null })]);
    await exporter.poll();
    await pollLater(exporter, [record('r1', -1 * HOUR, { status: 'RUNNING' })]);
    await pollLater(exporter);

    await pollLater(exporter, [record('r1', -1 * HOUR, { status: 'FAILED', duration: '0:00:10' })]);

    expect(finished(exporter)).toEqual({ failure: 1 });
    expect(lastEnd(exporter)).toBe(at(4 * MINUTE));
  });

  it('is asked for by what is known of it, and is one run with the answer', async () => {
    const yesterday = -12 * HOUR;
    using exporter = await startTailer([record('r1', yesterday, { status: 'RUNNING', job_id: null })]);
    await exporter.poll();
    const done = record('r1', yesterday, { status: 'FAILED', duration: '12:01:00' });

    await pollLater(exporter, [done]);
    exporter.clock.advance(DAY);
    await exporter.restart();
    await exporter.poll();

    expect(exporter.lookedUp()).toEqual([expect.not.objectContaining({ job_id: expect.anything() })]);
    expect(finished(exporter)).toEqual({ failure: 1 });
  });

  it('is not mixed up with another run', async () => {
    using exporter = await startTailer([record('r1', -60, { status: 'RUNNING', job_id: null })]);
    await exporter.poll();

    await pollLater(exporter, [
      record('r1', -60, { status: 'SUCCESS', duration: '0:01:30' }),
      record('r2', -50, { status: 'FAILED', duration: '0:01:30' }),
      record('r3', -40, { status: 'FAILED', duration: '0:01:30', job_id: null }),
    ]);
    await pollLater(exporter);

    expect(finished(exporter)).toEqual({ success: 1, failure: 2 });
  });

  it('gives its place to one run of two that share its run id', async () => {
    using exporter = await startTailer([record('r1', -60, { status: 'RUNNING', job_id: null })]);
    await exporter.poll();
    const both = ['a', 'b'].map((job_id) => record('r1', -60, { job_id, status: 'FAILED', duration: '0:01:30' }));

    await pollLater(exporter, both);
    await pollLater(exporter, both.toReversed());

    expect(finished(exporter)).toEqual({ failure: 2 });
  });
});

describe('a run that is delivered again', () => {
  const first = record('r1', -60, { status: 'SUCCESS', duration: '0:01:30' });
  const again = record('r1', 200, { duration: '0:01:30', status: 'WAITING' });
  const over = record('r1', 200, { status: 'SUCCESS', duration: '0:00:00.000045' });
  const failure = record('r2', 60, { status: 'FAILED', duration: '0:00:30' });

  it('waits anew, is counted once, and keeps its end and its duration', async () => {
    using exporter = await startTailer([record('r1', -60, { status: 'RUNNING' })]);
    await exporter.poll();
    await pollLater(exporter, [first, failure]);
    await pollLater(exporter, [again, failure]);
    const waiting = exporter.shown('runsActive')[`${NAME} pending`];

    await pollLater(exporter, [over, failure]);

    expect(waiting).toBe(1);
    expect(finished(exporter)).toEqual({ success: 1, failure: 1 });
    expect(exporter.shown('runDuration')[`${NAME} success`]).toBe(1);
    expect(exporter.shown('runsActive')[`${NAME} pending`]).toBe(0);
    expect(exporter.shown('runsReopened')).toEqual({ [NAME]: 1 });
    expect(lastResult(exporter)).toEqual(['failure']);
    expect(exporter.shown('lastSuccess')).toEqual({ [NAME]: at(30) });
  });

  it('is no news where it waited between two polls, nor over a restart', async () => {
    using exporter = await startTailer([record('r1', -60, { status: 'RUNNING' })]);
    await exporter.poll();
    await pollLater(exporter, [first, failure]);

    await pollLater(exporter, [over, failure]);
    await exporter.restart();
    await pollLater(exporter);

    expect(finished(exporter)).toEqual({ success: 1, failure: 1 });
    expect(exporter.shown('lastSuccess')).toEqual({ [NAME]: at(30) });
    expect(lastResult(exporter)).toEqual(['failure']);
  });

  it('while it runs, and that is forced to fail, is one failure without a duration', async () => {
    using exporter = await startTailer([record('r1', -60, { status: 'RUNNING' })]);
    await exporter.poll();
    await pollLater(exporter, [record('r1', 100, { status: 'WAITING' })]);

    await pollLater(exporter, [record('r1', 100, { status: 'FAILED', duration: '0:00:00.000210' })]);

    expect(finished(exporter)).toEqual({ failure: 1 });
    expect(exporter.shown('runDuration')[`${NAME} failure`]).toBeUndefined();
    expect(lastEnd(exporter)).toBe(at(2 * MINUTE));
  });
});

describe('a run in a status nobody listed', () => {
  it('whose duration grows is live, and its failure counts', async () => {
    const aging = (duration: string): Fields => record('r1', -60, { status: 'RETRYING', duration });
    using exporter = await startTailer([aging('0:01:00')]);
    await exporter.poll();
    await pollLater(exporter, [aging('0:03:00')]);
    const live = exporter.shown('runsActive')[`${NAME} unknown`];

    await pollLater(exporter, [record('r1', -60, { status: 'FAILED', duration: '0:04:30' })]);

    expect(live).toBe(1);
    expect(finished(exporter)).toEqual({ failure: 1 });
  });

  it('has finished where its duration stands still', async () => {
    using exporter = await startTailer([record('r1', -60, { status: 'STALED', duration: '0:01:00' })]);
    await exporter.poll();
    const atFirst = finished(exporter);

    await pollLater(exporter);
    await pollLater(exporter);

    expect([atFirst, finished(exporter)]).toEqual([{}, { unknown: 1 }]);
  });
});

describe('a day that holds more runs than an answer', () => {
  it('still shows the run that waits: the part of any status holds it, though no filter names it', async () => {
    const many = Array.from({ length: 120 }, (_, index) =>
      record(`r${index}`, -5000 + index, { status: index % 2 === 0 ? 'SUCCESS' : 'FAILED', duration: '0:00:10' }),
    );
    using exporter = await startTailer([...many, record('waiting', -10, { status: 'WAITING' })]);
    exporter.most = 100;

    await exporter.poll();

    expect(exporter.shown('runsActive')[`${NAME} pending`]).toBe(1);
    expect(exporter.shown('historyTruncated')).toEqual({ '': 0 });
  });
});
