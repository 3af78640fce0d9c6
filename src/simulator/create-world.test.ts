import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Clock } from '../model/clock.ts';
import { seconds, type UnixSeconds, unixSeconds } from '../model/time.ts';
import { createWorld } from './create-world.ts';
import type { JobPlan, World, WorldRun } from './world.ts';

const SINCE = unixSeconds(Date.UTC(2026, 10, 1) / 1000);
const DAY = 86_400;

function jobPlan(overrides: Partial<JobPlan> = {}): JobPlan {
  return {
    vendor: 'snowplow',
    name: 'sessions',
    kind: 'data_model',
    workspace: 'com.acme-prod1',
    every: seconds(600),
    queue: [seconds(1), seconds(20)],
    duration: [seconds(30), seconds(300)],
    results: { success: 8, failure: 1, skip: 1 },
    ...overrides,
  };
}

const STREAM = jobPlan({
  vendor: 'polaris',
  name: 'clicks',
  kind: 'streaming',
  every: seconds(1.5 * DAY),
  results: { cancellation: 1 },
  streaming: true,
  rowsPerSecond: 100,
  idlePercent: 20,
  pausedPercent: 10,
});

const EVERYTHING: readonly JobPlan[] = [
  jobPlan({ steps: ['git-clone-cache', 'run-dbt', { name: 'docs', after: ['git-clone-cache'] }] }),
  jobPlan({ name: 'hanging', stuckPercent: 10, vanishPercent: 10, rowsPerSecond: 3 }),
  jobPlan({
    name: 'queued',
    every: seconds(300),
    queue: [seconds(200), seconds(1500)],
    duration: [seconds(0), seconds(9)],
  }),
  jobPlan({ name: 'late', every: seconds(200), lateSeconds: seconds(1000), hiddenSeconds: seconds(100) }),
  jobPlan({ name: 'changed', every: seconds(200), results: { failure: 1 }, revisedPercent: 50 }),
  jobPlan({
    vendor: 'matatika',
    name: 'orders',
    every: seconds(200),
    results: { success: 1, failure: 1 },
    revisedPercent: 50,
  }),
  jobPlan({ vendor: 'tailer', name: 'copy', results: { success: 1, failure: 1 }, revisedPercent: 50 }),
  STREAM,
];
const VENDORS = ['snowplow', 'matatika', 'polaris', 'tailer'] as const;

function clockAt(now: UnixSeconds): Clock {
  return { now: () => now, monotonic: () => seconds(0), sleep: () => Promise.resolve() };
}

function worldAt(elapsed: number, plan: readonly JobPlan[] = EVERYTHING, seed = 1): World {
  return createWorld({ seed, clock: clockAt(unixSeconds(SINCE + elapsed)), plan, since: SINCE });
}

function allRuns(world: World): readonly WorldRun[] {
  return VENDORS.flatMap((vendor) => world.runs({ vendor }));
}

const elapsed = fc.integer({ min: 0, max: 2 * DAY });

it('is the same world for the same seed and another for another', () => {
  const first = allRuns(worldAt(DAY));
  const again = allRuns(worldAt(DAY));
  const other = allRuns(worldAt(DAY, EVERYTHING, 2));

  expect(first.length).toBeGreaterThan(600);
  expect(again).toEqual(first);
  expect(other.map(({ id }) => id)).not.toEqual(first.map(({ id }) => id));
});

it('keeps the runs of a job as they are when another job joins the plan', () => {
  const alone = worldAt(DAY, [jobPlan()]).runs({ vendor: 'snowplow' });
  const joined = worldAt(DAY, [jobPlan(), jobPlan({ name: 'users' })]);

  const jobId = alone[0]!.job.id;

  expect(joined.runs({ vendor: 'snowplow', jobId }).map(({ id, phase, endedAt }) => [id, phase, endedAt])).toEqual(
    alone.map(({ id, phase, endedAt }) => [id, phase, endedAt]),
  );
});

it('leaves a finished run as it is, unless it was to be revised', () => {
  fc.assert(
    fc.property(elapsed, elapsed, (a, b) => {
      const [early, late] = a < b ? [a, b] : [b, a];
      const laterWorld = worldAt(late);
      const finished = allRuns(worldAt(early)).filter(({ endedAt }) => endedAt !== null);

      const kept = finished.filter(({ job }) => job.name !== 'changed' && job.name !== 'orders' && job.name !== 'copy');

      expect(kept.map(({ job, id }) => laterWorld.run(job.vendor, id))).toEqual(kept);
    }),
    { numRuns: 15 },
  );
});

it('shows nothing of the future', () => {
  fc.assert(
    fc.property(elapsed, (at) => {
      const world = worldAt(at);
      const now = world.now();

      const instants = allRuns(world).flatMap((run) => [
        run.createdAt,
        run.startedAt ?? now,
        run.endedAt ?? now,
        ...run.steps.map((step) => (step.startedAt ?? now) + (step.duration ?? 0)),
      ]);

      // Steps are laid over the run by division.
      expect(Math.max(now, ...instants)).toBeLessThanOrEqual(now + 1e-5);
    }),
    { numRuns: 20 },
  );
});

it('answers a span with exactly the runs that a listing of everything has there', () => {
  fc.assert(
    fc.property(elapsed, elapsed, elapsed, (at, a, b) => {
      const from = unixSeconds(SINCE + Math.min(a, b));
      const to = unixSeconds(SINCE + Math.max(a, b));
      const world = worldAt(at);

      for (const vendor of VENDORS) {
        const wanted = world
          .runs({ vendor })
          .filter((run) => run.createdAt <= to && (run.endedAt === null || run.endedAt >= from));
        expect(world.runs({ vendor, from, to })).toEqual(wanted);
      }
    }),
    { numRuns: 25 },
  );
});

it('finds every listed run by its UUID and by its number, and no other', () => {
  const world = worldAt(2 * DAY);
  const runs = allRuns(world);

  expect(runs.map(({ job, id }) => world.run(job.vendor, id))).toEqual(runs);
  expect(runs.map(({ job, number }) => world.run(job.vendor, String(number)))).toEqual(runs);
  expect(new Set(runs.map(({ id }) => id)).size).toBe(runs.length);
  expect(world.run('tailer', runs[0]!.id)).toBeNull();
  expect(world.run('snowplow', '00000000-0000-4000-8000-000000000000')).toBeNull();
  expect(world.run('snowplow', 7)).toBeNull();
  expect(world.run('snowplow', 'nonsense')).toBeNull();
});

it('tells as truth what a reader of every moment of a span would have counted', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1.5 * DAY }), fc.integer({ min: 60, max: DAY / 2 }), (begin, length) => {
      const from = unixSeconds(SINCE + begin);
      const to = unixSeconds(SINCE + begin + length);
      const before = new Map(allRuns(worldAt(begin)).map((run) => [run.id, run]));
      const isNew = ({ id, job }: WorldRun): boolean =>
        (before.get(id)?.endedAt ?? null) === null && before.get(id)?.attempt !== 1 && job.name !== 'orders';

      const counted = allRuns(worldAt(begin + length)).filter((run) => run.endedAt !== null && isNew(run));
      const truth = worldAt(begin + length + 5000).truth({ from, to });

      const tally = Object.entries(Object.groupBy(counted, (run) => `${run.job.id} ${run.phase}`));
      expect(
        Object.fromEntries(
          truth.runs
            .filter(({ job }) => job !== 'orders')
            .map(({ jobId, result, runs }) => [`${jobId} ${result}`, runs]),
        ),
      ).toEqual(Object.fromEntries(tally.map(([key, runs]) => [key, runs?.length])));
    }),
    { numRuns: 25 },
  );
});

it('counts a run in the span that its end closes, and not in the one that it opens', () => {
  const run = worldAt(DAY, [jobPlan()]).runs({ vendor: 'snowplow' })[0]!;
  const world = worldAt(DAY, [jobPlan()]);
  const count = (from: number, to: number): number =>
    world.truth({ from: unixSeconds(from), to: unixSeconds(to) }).runs.reduce((sum, { runs }) => sum + runs, 0);

  expect(count(run.endedAt! - 1, run.endedAt!)).toBe(1);
  expect(count(run.endedAt!, run.endedAt! + 1)).toBe(0);
});

it('moves rows while a streaming job executes and none while it idles or pauses', () => {
  const plan = [{ ...STREAM, phase: seconds(0), queue: [seconds(0), seconds(0)] as const }];
  const samples = Array.from(
    { length: 61 },
    (_, index) => worldAt(7 + index * 60, plan).runs({ vendor: 'polaris' })[0]!,
  ).map(({ phase, rows }) => ({ phase, rows: rows!.processed! }));

  const moved = samples.slice(1).map(({ phase, rows }, index) => ({
    phases: new Set([phase, samples[index]!.phase]),
    rows: rows - samples[index]!.rows,
  }));

  const throughout = (phase: WorldRun['phase']): readonly number[] =>
    moved.filter(({ phases }) => phases.size === 1 && phases.has(phase)).map(({ rows }) => rows);
  expect(throughout('executing').length).toBeGreaterThan(30);
  expect(Math.min(...throughout('executing'))).toBeGreaterThan(0);
  expect(Math.max(...throughout('executing')) - Math.min(...throughout('executing'))).toBeLessThanOrEqual(1);
  expect(new Set(throughout('idle'))).toEqual(new Set([0]));
  expect(samples.some(({ phase }) => phase === 'paused')).toBe(true);
});

it('tells the rows that live and ended runs moved in a span', () => {
  const rowsAt = (at: number): number =>
    worldAt(at, [STREAM])
      .runs({ vendor: 'polaris' })
      .reduce((sum, { rows }) => sum + (rows?.processed ?? 0), 0);

  const truth = worldAt(8 * DAY, [STREAM]).truth({ from: unixSeconds(SINCE + DAY), to: unixSeconds(SINCE + 6 * DAY) });

  expect(truth.rows.find(({ outcome }) => outcome === 'processed')?.rows).toBe(rowsAt(6 * DAY) - rowsAt(DAY));
});

it('never lets the rows of a run fall', () => {
  fc.assert(
    fc.property(elapsed, fc.integer({ min: 1, max: 3600 }), (at, pause) => {
      const laterWorld = worldAt(at + pause);

      const moving = allRuns(worldAt(at)).filter(({ rows }) => rows !== null);

      for (const run of moving) {
        const after = laterWorld.run(run.job.vendor, run.id)?.rows;
        if (after === undefined || after === null) continue; // it vanished
        for (const outcome of Object.keys(after) as (keyof typeof after)[])
          expect(after[outcome]).toBeGreaterThanOrEqual(run.rows![outcome]!);
      }
    }),
    { numRuns: 15 },
  );
});

it('lets one run of a hundred hang for ever when the plan says one percent', () => {
  const plan = [jobPlan({ stuckPercent: 1, results: { success: 1 } })];

  const live = worldAt(600 * 1000, plan)
    .runs({ vendor: 'snowplow', from: unixSeconds(SINCE + 600 * 999) })
    .filter((run) => run.phase === 'executing' && run.createdAt < SINCE + 600 * 990);

  expect(live).toHaveLength(10);
});

it('leaves a step of a run that hangs executing, and what waits for it waiting', () => {
  const plan = [
    jobPlan({ stuckPercent: 100, every: seconds(DAY), phase: seconds(0), steps: ['clone', 'run', 'test'] }),
  ];

  const stand = worldAt(20 * DAY, plan)
    .runs({ vendor: 'snowplow' })
    .filter(({ createdAt }) => createdAt < SINCE + 19 * DAY)
    .map(({ steps }) =>
      steps.map(({ result, startedAt }) => result ?? (startedAt === null ? 'waits' : 'hangs')).join(),
    );

  expect(new Set(stand)).toEqual(new Set(['hangs,waits,waits', 'success,hangs,waits', 'success,success,hangs']));
});

it('skips the steps that wait for the one that failed', () => {
  const plan = [jobPlan({ results: { failure: 1 }, steps: ['clone', 'run', { name: 'lint', after: ['clone'] }] })];

  const ends = worldAt(DAY, plan)
    .runs({ vendor: 'snowplow' })
    .filter(({ phase }) => phase === 'failure')
    .map(({ steps }) => steps.map(({ name, result }) => `${name} ${result}`).join(', '));

  expect(new Set(ends)).toEqual(
    new Set([
      'clone failure, run skip, lint skip',
      'clone success, run failure, lint success',
      'clone success, run success, lint failure',
    ]),
  );
});

it('runs a failed Matatika job again under the same id and acknowledges a failed Tailer one', () => {
  const revised = { results: { failure: 1 }, revisedPercent: 100, every: seconds(7200), phase: seconds(0) };
  const plan = [
    jobPlan({ ...revised, vendor: 'matatika' }),
    jobPlan({ ...revised, vendor: 'tailer' }),
    jobPlan({ ...revised, vendor: 'polaris' }),
  ];

  const seen = (vendor: string): ReadonlySet<string> =>
    new Set(
      Array.from({ length: 400 }, (_, index) => worldAt(index * 5, plan).runs({ vendor })[0])
        .filter((run) => run !== undefined)
        .map(({ phase, attempt, acknowledged }) => `${phase} ${attempt} ${acknowledged}`),
    );

  expect([...seen('matatika')]).toEqual([
    'pending 0 false',
    'executing 0 false',
    'failure 0 false',
    'executing 1 false',
    'success 1 false',
  ]);
  expect([...seen('tailer')].slice(-2)).toEqual(['failure 0 false', 'failure 0 true']);
  expect([...seen('polaris')].slice(-2)).toEqual(['failure 0 false', 'success 0 false']);
});

it('shows the end of a late run late, and a hidden run not at once', () => {
  const plan = [
    jobPlan({ every: seconds(DAY), phase: seconds(0), lateSeconds: seconds(1000), hiddenSeconds: seconds(10) }),
  ];
  const done = worldAt(DAY, plan).runs({ vendor: 'snowplow' })[0]!;
  const at = (instant: number): WorldRun | undefined => worldAt(instant - SINCE, plan).runs({ vendor: 'snowplow' })[0];

  expect(at(done.createdAt + 9)).toBeUndefined();
  expect(at(done.createdAt + 11)?.id).toBe(done.id);
  expect(at(done.endedAt! + 999)?.phase).toBe('executing');
  expect(at(done.endedAt! + 1001)).toEqual(done);
});

it('shows no run of a job before it was granted, then all of them, and holds what had ended by then for untrue', () => {
  const plan = [jobPlan({ grantedAfter: seconds(DAY) })];
  const [before, then, later] = [DAY - 1, DAY, 2 * DAY].map((age) => worldAt(age, plan)) as [World, World, World];
  const first = then.runs({ vendor: 'snowplow' })[0]!;

  expect(before.runs({ vendor: 'snowplow' })).toEqual([]);
  expect(before.run('snowplow', first.id)).toBeNull();
  expect(before.jobs('snowplow')).toHaveLength(1);
  expect(then.runs({ vendor: 'snowplow' }).length).toBeGreaterThan(140);
  expect(then.truth({ from: SINCE, to: then.now() }).runs).toEqual([]);
  const news = later.truth({ from: then.now(), to: later.now() }).runs;
  expect(news.length).toBeGreaterThan(0);
  expect(later.truth({ from: SINCE, to: later.now() }).runs).toEqual(news);
});

it('refuses a plan that no vendor could have, naming every problem', () => {
  const plan = [
    jobPlan({ vendor: 'tailer', name: 'a', results: { cancellation: 1 }, every: seconds(0) }),
    jobPlan({
      name: 'b',
      untimed: true,
      duration: [seconds(2), seconds(1)],
      stuckPercent: 101,
      steps: [{ name: 'x', after: ['y'] }],
    }),
  ];

  expect(() => worldAt(0, plan)).toThrow(
    [
      'plan[0] (tailer "a"): every: expected more than 0 s',
      'plan[0] (tailer "a"): results: tailer has no cancellation; expected success, failure, skip',
      'plan[1] (snowplow "b"): duration: expected 0 <= shortest <= longest, not 2 and 1',
      'plan[1] (snowplow "b"): stuckPercent: expected 0 to 100',
      'plan[1] (snowplow "b"): steps: "x" waits for "y", which does not stand before it',
      'plan[1] (snowplow "b"): untimed: expected only at tailer',
    ].join('\n'),
  );
});

it('answers an hour of thirty years of runs without looking at the others', () => {
  const plan = [jobPlan({ every: seconds(1), queue: [seconds(0), seconds(1)], duration: [seconds(1), seconds(2)] })];
  const clock = clockAt(unixSeconds(SINCE));
  const world = createWorld({ seed: 1, clock, plan, since: unixSeconds(SINCE - 30 * 365 * DAY) });

  const runs = world.runs({ vendor: 'snowplow', from: unixSeconds(SINCE - 7200), to: unixSeconds(SINCE - 3600) });

  expect(runs.length).toBeGreaterThanOrEqual(3600);
  expect(runs.length).toBeLessThan(3610);
});
