/** The engine and the ledger over a Polaris of thousands of jobs, in pages, however it sorts, pages and filters them. */
import * as fc from 'fast-check';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createFiles } from '../src/config/files.ts';
import { parseConfig } from '../src/config/load-config.ts';
import { openSqliteLedger } from '../src/ledger/sqlite/sqlite-ledger.ts';
import { METRICS } from '../src/metrics/catalogue.ts';
import { before, DAY, HOUR, MINUTE, seconds, type UnixSeconds, unixSeconds } from '../src/model/time.ts';
import { createEngine } from '../src/engine/engine.ts';
import { VENDORS } from '../src/vendors/registry.ts';
import { type FakeJob, type FakePolaris, ORDERS, startFakePolaris } from './support/fake-polaris.ts';
import { createSettableClock, NOW } from './support/manual-clock.ts';
import { samplesOf } from './support/start-engine.ts';

/** The engine over a fake Polaris; the process can be killed and started again on the same ledger. */
async function start(overrides: Partial<FakePolaris> = {}, settings: Readonly<Record<string, unknown>> = {}) {
  const clock = createSettableClock();
  const fake = Object.assign(await startFakePolaris(clock), overrides);
  const ledger = openSqliteLedger(':memory:', clock);
  onTestFinished(() => ledger.close());
  const target = {
    name: 'acme',
    vendor: 'polaris',
    base_url: fake.server.url.origin,
    project_id: 'p1',
    auth: { api_key: 'pok_key' },
    ...settings,
  };
  const text = JSON.stringify({
    targets: [target],
    poll_interval: '10m',
    poll_timeout: '10m',
    counters: { hold_window: '0s' },
  });
  const begin = () =>
    createEngine({
      config: parseConfig(text, 'test.yml', { vendors: VENDORS, env: {}, files: createFiles() }),
      vendors: VENDORS,
      ledger,
      clock,
      logger: pino({ enabled: false }),
      build: { version: '0', revision: '', nodeVersion: '' },
      readers: { scrapes: true, pushes: false },
      otlp: () => null,
    });
  let engine = await begin();
  const shown = (metric: keyof typeof METRICS) => samplesOf(engine.source.current(), METRICS[metric]);
  return {
    fake,
    clock,
    shown,
    poll: () => engine.pollOnce(),
    restart: async () => {
      engine = await begin();
    },
    /** Counted runs of all jobs by result; only what is above 0. */
    counted: () => {
      const sums: Record<string, number> = {};
      for (const [key, value] of Object.entries(shown('runsFinished'))) {
        const result = key.split(' ').at(-1)!;
        if (value > 0) sums[result] = (sums[result] ?? 0) + value;
      }
      return sums;
    },
  };
}

/** History of so many jobs, one every `every`, the newest of an hour ago; each filled one of a few tables. */
function history(count: number, every = seconds(600)): FakeJob[] {
  return Array.from({ length: count }, (_, index) => {
    const created = unixSeconds(NOW - HOUR - index * every);
    const isFailed = index % 9 === 0;
    const edited = index % 50 === 3 ? { edited: before(NOW, MINUTE) } : {};
    const end = isFailed ? { status: 'failed' } : { completed: unixSeconds(created + 60) };
    return { id: idOf('old', index), created, table: `t${index % 7}`, ...end, ...edited };
  });
}

function idOf(kind: string, index: number): string {
  return `${String((index * 7919) % 10_007).padStart(5, '0')}-${kind}-${index}`;
}

function finish(job: FakeJob, isFailed: boolean, now: UnixSeconds): void {
  job.status = isFailed ? 'failed' : 'completed';
  if (!isFailed) job.completed = before(now, seconds(5));
}

/** Every order with the largest pages; with the vendor's own, which are ten times as many, the asked one and one other. */
const PAGED = [
  ...(Object.keys(ORDERS) as (keyof typeof ORDERS)[]).map((order) => [order, 1000] as const),
  ['newest created first', 100],
  ['by table', 100],
] as const;

describe('5,000 jobs', () => {
  it.each(PAGED)(
    '%s, in pages of %i: 500 that finish between two polls count with that poll',
    async (order, largestPage) => {
      const { fake, clock, poll, restart, counted, shown } = await start({ order, largestPage });
      const old = history(4600);
      // Live at the first poll, created at any time of the month before it.
      const running = Array.from({ length: 400 }, (_, index): FakeJob => {
        const created = unixSeconds(NOW - 60 - ((index * 7919) % 400) * 6480);
        return {
          id: idOf('run', index),
          created,
          status: index % 5 === 0 ? 'idle' : 'running',
          table: `t${index % 7}`,
        };
      });
      fake.jobs = [...old, ...running];
      await poll();
      const baseline = counted();

      clock.advance(MINUTE);
      for (const [index, job] of running.slice(0, 300).entries()) finish(job, index % 3 === 0, clock.now());
      const passing = Array.from({ length: 200 }, (_, index): FakeJob => {
        const job: FakeJob = { id: idOf('new', index), created: before(clock.now(), seconds(40 - (index % 30))) };
        finish(job, index % 4 === 0, clock.now());
        return { ...job, table: `t${index % 9}` };
      });
      fake.jobs = [...passing, ...fake.jobs];
      await poll();
      const first = counted();
      clock.advance(MINUTE);
      await poll();
      const second = counted();
      await restart();
      clock.advance(HOUR);
      await poll();

      expect(baseline).toEqual({});
      expect(first).toEqual({ success: 350, failure: 150 });
      expect(second).toEqual(first);
      expect(counted()).toEqual(first);
      expect(shown('historyTruncated')).toEqual({ '': 0 });
      expect(shown('lateRuns')).toEqual({ '': 0 });
    },
  );

  it('cost two requests while nothing happens, and no more for a stream of last year', async () => {
    const { fake, clock, poll, shown } = await start();
    const stream = { id: 'stream', created: before(NOW, seconds(300 * DAY)), status: 'running', type: 'streaming' };
    fake.jobs = [...history(5000), stream];
    await poll();
    clock.advance(10 * MINUTE);
    fake.asked.lists = 0;
    await poll();

    expect(fake.asked.lists).toBe(2);
    expect(shown('runsActive')).toMatchObject({ 'orders executing': 1 });
  });

  it('count what ends while no exporter runs, in the first poll after it', async () => {
    const { fake, clock, poll, restart, counted } = await start();
    const running = Array.from({ length: 500 }, (_, index): FakeJob => {
      return { id: idOf('run', index), created: unixSeconds(NOW - 60 - index * 6000), status: 'running' };
    });
    fake.jobs = [...history(4500), ...running];
    await poll();
    clock.advance(7 * HOUR);
    for (const [index, job] of running.entries()) finish(job, index % 5 === 0, clock.now());
    await restart();
    await poll();

    expect(counted()).toEqual({ success: 400, failure: 100 });
  });
});

describe('a list in pages', () => {
  it('counts 150 that finish between two polls, also where no page is longer than 100', async () => {
    const { fake, clock, poll, counted } = await start({ largestPage: 100 });
    fake.jobs = history(20);
    await poll();
    clock.advance(MINUTE);
    for (let index = 0; index < 150; index += 1) {
      const job: FakeJob = { id: idOf('new', index), created: unixSeconds(clock.now() - 30 - index / 10) };
      finish(job, index >= 120, clock.now());
      fake.jobs.push(job);
    }
    await poll();

    expect(counted()).toEqual({ success: 120, failure: 30 });
  });

  it.each(['if true', 'never'] as const)('is read to its end where more is said %s', async (saysMore) => {
    const { fake, clock, poll, counted, shown } = await start({ largestPage: 100, saysMore });
    const running = Array.from({ length: 60 }, (_, index): FakeJob => {
      return { id: idOf('run', index), created: unixSeconds(NOW - 60 - index * 6000), status: 'running' };
    });
    fake.jobs = [...history(400), ...running];
    await poll();
    clock.advance(MINUTE);
    for (const job of running) finish(job, false, clock.now());
    await poll();

    expect(counted()).toEqual({ success: 60 });
    expect(shown('historyTruncated')).toEqual({ '': 0 });
  });

  it('counts rightly where the vendor does not heed the filter of live jobs', async () => {
    const { fake, clock, poll, counted, shown } = await start({ heedsStatus: false, largestPage: 100 });
    const running = Array.from({ length: 60 }, (_, index): FakeJob => {
      return { id: idOf('run', index), created: unixSeconds(NOW - 60 - index * 6000), status: 'running' };
    });
    fake.jobs = [...history(400), ...running];
    await poll();
    clock.advance(MINUTE);
    for (const [index, job] of running.entries()) finish(job, index < 10, clock.now());
    await poll();

    expect(counted()).toEqual({ success: 50, failure: 10 });
    expect(shown('historyTruncated')).toEqual({ '': 0 });
  });

  it('is told as cut where the vendor gives the same page at every offset', async () => {
    const { fake, clock, poll, shown } = await start({ heedsOffset: false, largestPage: 100 });
    fake.jobs = history(300);
    await poll();
    const first = shown('historyTruncated');
    clock.advance(MINUTE);
    fake.heedsOffset = true;
    clock.advance(DAY);
    await poll();

    expect([first, shown('historyTruncated')]).toEqual([{ '': 1 }, { '': 0 }]);
    expect(fake.asked.lists).toBeLessThan(40);
  });

  it('that was cut proves of no run that it was deleted: none is forgotten and taken for too old', async () => {
    const { fake, clock, poll, counted, shown } = await start({ largestPage: 100 });
    fake.jobs = history(150);
    await poll();
    fake.heedsOffset = false;
    for (let day = 0; day < 20; day += 1) {
      clock.advance(DAY);
      await poll();
    }
    fake.heedsOffset = true;
    clock.advance(DAY);
    await poll();

    expect(shown('rejectedRecords')).toEqual({});
    expect(counted()).toEqual({});
  });

  it('takes back nothing where the vendor cannot tell for a while how finished jobs stand', async () => {
    const { fake, clock, poll, counted, shown } = await start();
    const job: FakeJob = { id: 'r1', created: before(NOW, MINUTE), status: 'running' };
    fake.jobs = [job];
    await poll();
    clock.advance(MINUTE);
    finish(job, true, clock.now());
    await poll();
    clock.advance(MINUTE);
    job.status = 'unknown';
    await poll();
    const during = [counted(), shown('runsActive'), shown('runsReopened')];
    clock.advance(MINUTE);
    finish(job, true, clock.now());
    await poll();

    expect(during).toEqual([{ failure: 1 }, expect.objectContaining({ 'orders unknown': 0 }), {}]);
    expect([counted(), shown('runsReopened'), shown('unknownStates')]).toEqual([{ failure: 1 }, {}, {}]);
  });

  it('counts each run once and misses none, whatever comes, ends and goes while pages turn', async () => {
    const happening = fc.record({
      created: fc.nat({ max: 4 }),
      finished: fc.array(fc.nat({ max: 300 }), { maxLength: 12 }),
      deleted: fc.array(fc.nat({ max: 300 }), { maxLength: 8 }),
    });
    const options = fc.record({
      largestPage: fc.integer({ min: 2, max: 40 }),
      saysMore: fc.constantFrom('always' as const, 'if true' as const, 'never' as const),
      order: fc.constantFrom(...(Object.keys(ORDERS) as (keyof typeof ORDERS)[])),
      happenings: fc.array(happening, { maxLength: 25 }),
    });
    await fc.assert(
      fc.asyncProperty(options, async ({ happenings: drawn, ...overrides }) => {
        const happenings = [...drawn];
        const { fake, clock, poll, counted } = await start(overrides);
        const live = Array.from({ length: 60 }, (_, index): FakeJob => {
          return { id: idOf('run', index), created: unixSeconds(NOW - 60 - index * 3000), status: 'running' };
        });
        fake.jobs = [...history(60), ...live];
        await poll();
        let next = 0;
        const ended = { success: 0, failure: 0 };
        const end = (job: FakeJob): void => {
          if (job.status !== 'running') return;
          const isFailed = ended.success % 3 === 1;
          finish(job, isFailed, clock.now());
          ended[isFailed ? 'failure' : 'success'] += 1;
        };
        const happenNext = (): void => {
          const { created, finished, deleted } = happenings.shift() ?? { created: 0, finished: [], deleted: [] };
          for (const index of finished) end(fake.jobs[index % fake.jobs.length]!);
          // What was counted long ago goes; what is live, or ended just now, does not.
          const old = fake.jobs.filter(({ id }) => id.includes('-old-'));
          const gone = new Set(deleted.map((index) => old[index % Math.max(1, old.length)]));
          fake.jobs = fake.jobs.filter((job) => !gone.has(job));
          for (let one = 0; one < created; one += 1) {
            next += 1;
            fake.jobs.unshift({ id: idOf('new', next), created: clock.now(), status: 'running' });
          }
        };
        fake.turned = happenNext;
        while (happenings.length > 0) {
          clock.advance(MINUTE);
          await poll();
        }
        fake.turned = () => undefined;
        for (let again = 0; again < 2; again += 1) {
          clock.advance(MINUTE);
          await poll();
        }

        expect({ success: 0, failure: 0, ...counted() }).toEqual(ended);
      }),
      { numRuns: 15 },
    );
  });
});
