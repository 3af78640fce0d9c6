import { expect, it } from 'vitest';
import { createFrozenClock } from '../../../test/support/world.ts';
import { after, before, seconds, type UnixSeconds, unixSeconds } from '../../model/time.ts';
import { createCompanyWorld } from '../create-company-world.ts';
import { createWorld } from '../create-world.ts';
import type { World } from '../world.ts';
import { DRILL_PLAN } from './drill.ts';

const NOW = unixSeconds(Date.UTC(2026, 10, 22, 9, 41, 7) / 1000);

const PRODUCIBLE = {
  snowplow: ['failure', 'skip', 'success'],
  adverity: ['cancellation', 'error', 'failure', 'skip', 'success'],
  matatika: ['cancellation', 'failure', 'success'],
  polaris: ['cancellation', 'failure', 'success'],
  tailer: ['failure', 'skip', 'success'],
};
const LIVE = {
  snowplow: ['executing', 'pending'],
  adverity: ['executing', 'pending'],
  matatika: ['executing', 'pending'],
  polaris: ['executing', 'idle', 'paused', 'pending'],
  tailer: ['executing', 'pending'],
};

function resultsBetween(world: World, from: UnixSeconds, to: UnixSeconds): Record<string, readonly string[]> {
  const { runs } = world.truth({ from, to });
  return Object.fromEntries(
    Object.keys(PRODUCIBLE).map((vendor) => [
      vendor,
      [...new Set(runs.filter((entry) => entry.vendor === vendor).map(({ result }) => result))].toSorted(),
    ]),
  );
}

it.each([0, 3, 9, 20])(
  'shows every result and state of every vendor in ten minutes of a demo, %i hours on',
  (hours) => {
    const start = after(NOW, seconds(hours * 3600));
    const clock = createFrozenClock(start);
    const world = createCompanyWorld({ clock });

    const seen: Record<string, Set<string>> = {};
    for (let second = 0; second < 600; second += 5) {
      for (const vendor of Object.keys(LIVE))
        for (const { phase, endedAt } of world.runs({ vendor, from: world.now() }))
          if (endedAt === null) (seen[vendor] ??= new Set()).add(phase);
      clock.advance(seconds(5));
    }

    expect(resultsBetween(world, start, world.now())).toEqual(PRODUCIBLE);
    expect(
      Object.fromEntries(Object.entries(seen).map(([vendor, phases]) => [vendor, [...phases].toSorted()])),
    ).toEqual(LIVE);
  },
);

it('gives the company a run that hangs and a share of failures that a person would believe', () => {
  const world = createCompanyWorld({ clock: createFrozenClock(NOW) });
  const hangs = (vendor: string): number =>
    world
      .runs({ vendor, from: NOW })
      .filter(({ job, endedAt, createdAt }) => !job.streaming && endedAt === null && createdAt < NOW - 6 * 3600).length;

  const { runs } = world.truth({ from: before(NOW, seconds(86_400)), to: NOW });
  const count = (entries: typeof runs): number => entries.reduce((sum, entry) => sum + entry.runs, 0);
  const flaky = /Google Sheets|GitHub|Exchange|returns_backfill|pos_terminal|Churn|com.acme-qa1/;
  const sound = runs.filter(({ job, workspace }) => !flaky.test(`${job} ${workspace}`));
  const failures = count(sound.filter(({ result }) => result === 'failure'));

  expect(hangs('tailer') + hangs('adverity')).toBeGreaterThan(0);
  expect(failures / count(sound)).toBeGreaterThan(0.01);
  expect(failures / count(sound)).toBeLessThan(0.07);
});

it('drills every result of every vendor within a minute and a half', () => {
  const clock = createFrozenClock(NOW);
  const world = createWorld({ seed: 1, clock, plan: DRILL_PLAN, since: NOW });
  clock.advance(seconds(90));

  const { runs } = world.truth({ from: NOW, to: world.now() });

  expect(resultsBetween(world, NOW, world.now())).toEqual(PRODUCIBLE);
  expect(runs.reduce((sum, entry) => sum + entry.runs, 0)).toBeGreaterThan(180);
});
