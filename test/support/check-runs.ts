/** Problems of runs and slices, in words; none where all is well. */
import { isFinished, type Run } from '../../src/model/run.ts';
import { DAY, later, type UnixSeconds } from '../../src/model/time.ts';
import type { WorldRun } from '../../src/simulator/world.ts';
import type { Slice, Vendor, Window } from '../../src/vendors/vendor.ts';
import type { ListedRun } from './connect-vendor.ts';

/** True if slices, in order of their starts, leave out nothing of a span (but for what lies between two microseconds). */
export function covers(slices: readonly Slice[], { from, to }: Window): boolean {
  let reached = from;
  for (const slice of slices) {
    if (slice.from > reached + 2e-6 || slice.from > slice.to) return false;
    reached = later(reached, slice.to);
  }
  return slices.length > 0 && reached >= to - 2e-6;
}

/** Statements of a run of this vendor that cannot be true by `now`. */
export function oddities(vendor: Vendor, run: Run, now: UnixSeconds): readonly string[] {
  const { states, results } = vendor.capabilities;
  const odd: string[] = [];
  const times = [run.createdAt, run.startedAt, isFinished(run) ? run.endedAt : null].filter((time) => time !== null);
  if (times.some((time) => time < Date.UTC(2000) / 1000 || time > now + 2 * DAY)) odd.push('time out of bounds');
  if (times.some((time, index) => time < (times[index - 1] ?? 0))) odd.push('ends before it starts');
  if (run.job.name === '' || run.job.key === '' || run.job.kind === '') odd.push('a job without name, key or kind');
  if (!isFinished(run) && !states.includes(run.state)) odd.push(`state ${run.state}`);
  if (!isFinished(run)) return odd.map((what) => `${run.id}: ${what}`);
  if (!results.includes(run.result) && run.result !== 'unknown') odd.push(`result ${run.result}`);
  if (run.duration !== null && run.duration < 0) odd.push('negative duration');
  if (run.endedAt !== null && run.startedAt !== null && run.duration !== null)
    if (Math.abs(run.endedAt - run.startedAt - run.duration) > 1) odd.push('duration unlike its start and end');
  return odd.map((what) => `${run.id}: ${what}`);
}

/** Where a list differs from the world's runs. Vendors may hide what waits, and have no word for some results. */
export function differences(
  vendor: Vendor,
  runs: readonly WorldRun[],
  listed: readonly ListedRun[],
): readonly string[] {
  const listedById = Map.groupBy(listed, ({ run }) => worldIdOf(run.id));
  const found = runs.flatMap((worldRun) => {
    const matches = [worldRun.id, String(worldRun.number)].flatMap((id) => listedById.get(worldIdOf(id)) ?? []);
    if (matches.length === 0 && worldRun.startedAt === null) return [];
    if (matches.length !== 1) return [`${worldRun.id} is listed ${matches.length} times`];
    return differencesOf(vendor, worldRun, matches[0]!.run).map((what) => `${worldRun.id}: ${what}`);
  });
  const known = new Set(runs.flatMap(({ id, number }) => [worldIdOf(id), String(number)]));
  return [
    ...found,
    ...listed.filter(({ run }) => !known.has(worldIdOf(run.id))).map(({ run }) => `${run.id} is no run`),
  ];
}

function differencesOf(vendor: Vendor, worldRun: WorldRun, run: Run): readonly string[] {
  const { startedAt, endedAt, phase } = worldRun;
  const what: string[] = [];
  if (isFarFrom(run.startedAt, startedAt)) what.push(`start ${run.startedAt} and not ${startedAt}`);
  if (isFinished(run) !== (endedAt !== null)) what.push(`seems ${isFinished(run) ? 'finished' : 'live'}`);
  if (!isFinished(run)) return what;
  if (run.endedAt !== null && isFarFrom(run.endedAt, endedAt)) what.push(`end ${run.endedAt} and not ${endedAt}`);
  if (vendor.capabilities.results.some((result) => result === phase) && run.result !== phase)
    what.push(`result ${run.result} and not ${phase}`);
  return what;
}

/** More than a second apart: vendors round. */
function isFarFrom(a: UnixSeconds | null, b: UnixSeconds | null): boolean {
  return a === null || b === null ? a !== b : Math.abs(a - b) > 1;
}

/** The UUID (without dashes) or number of the world's run, which vendors put at the end of a run's id. */
function worldIdOf(id: string): string {
  const uuid = /[\da-f]{8}-?(?:[\da-f]{4}-?){3}[\da-f]{12}(?=\W*$)/.exec(id)?.[0];
  return uuid?.replaceAll('-', '') ?? id;
}

/** An id of the same form that no run has. */
export function unlike(id: string): string {
  return /^\d+$/.test(id) ? `${id}00000` : id.replace(/[\da-f](?=\W*$)/, (last) => (last === '0' ? '1' : '0'));
}
