/**
 * Cost of a quiet poll with 1,000,000 counted runs behind it against 10,000, for a vendor whose list is a window of
 * time and for one that always lists the same number of runs; and what a run takes in the ledger.
 * `node bench/history.ts [rounds]`
 */
import { statSync } from 'node:fs';
import { after, HOUR, seconds, type UnixSeconds, unixSeconds } from '../src/model/time.ts';
import { sliceByWidth } from '../src/vendors/frame/slices.ts';
import { type BenchTarget, createBenchTarget } from './support/bench-target.ts';
import { createRun } from './support/many-runs.ts';
import { median } from './support/median.ts';
import { writeTable } from './support/write-table.ts';

const LARGE = 1_000_000;
const SMALL = 10_000;
/** Runs of a whole list, which the vendor of fixed lists gives every time. */
const LISTED = 1000;
const PER_SLICE = 10_000;
const RUNS_PER_SECOND = 0.05;
const SLICE = seconds(PER_SLICE / RUNS_PER_SECOND);
const OVERLAP = seconds(6 * HOUR);
const QUIET_POLLS = 20;
const rounds = Number(process.argv[2] ?? 5);
const START = unixSeconds(1_700_000_000);

const indexAt = (instant: UnixSeconds): number => Math.max(0, Math.ceil((instant - START) * RUNS_PER_SECOND));

/** A target with so many counted runs, at whose vendor nothing goes on any more. */
async function grow(count: number, isWindowed: boolean): Promise<BenchTarget> {
  let committed = -1;
  const end = unixSeconds(START + count / RUNS_PER_SECOND + 10_000);
  const target = await createBenchTarget({
    capabilities: { windowed: isWindowed, lookback: OVERLAP, reach: seconds(end - START + OVERLAP) },
    now: START,
    slices: (window) => (isWindowed && committed >= count ? sliceByWidth(window, SLICE) : [{ ...window, part: null }]),
    answer: ({ from, to }) => {
      if (committed === -1) return [];
      const [first, last] =
        committed < count
          ? [committed, committed + PER_SLICE]
          : isWindowed
            ? [indexAt(from), Math.min(indexAt(to), count)]
            : [count - LISTED, count];
      const length = Math.max(0, last - first);
      return Array.from({ length }, (_, index) => createRun(first + index, START, RUNS_PER_SECOND));
    },
  });
  await target.poll();
  for (committed = 0; committed < count; committed += PER_SLICE) {
    // Within a day of the last poll: none of them is a full sync.
    target.clock.set(unixSeconds(START + 1 + committed / count));
    await target.poll();
  }
  target.clock.set(end);
  // The first one after so long is a full sync of what the vendor lists.
  await target.poll();
  target.clock.set(after(end, HOUR));
  await target.poll();
  return target;
}

const rows = [];
for (const isWindowed of [true, false]) {
  const small = await grow(SMALL, isWindowed);
  const large = await grow(LARGE, isWindowed);
  const times = new Map<BenchTarget, number[]>([
    [small, []],
    [large, []],
  ]);
  for (let round = 0; round < rounds + 1; round++) {
    for (const [target, all] of times) {
      const started = process.threadCpuUsage();
      for (let poll = 0; poll < QUIET_POLLS; poll++) {
        target.clock.set(after(target.clock.now(), seconds(1)));
        await target.poll();
      }
      const { user, system } = process.threadCpuUsage(started);
      if (round > 0) all.push((user + system) / 1000 / QUIET_POLLS);
    }
  }
  const [ofSmall, ofLarge] = [median(times.get(small) ?? []), median(times.get(large) ?? [])];
  rows.push({
    list: isWindowed ? 'window of time' : `always ${LISTED} runs`,
    [`${SMALL} runs, ms`]: ofSmall.toFixed(2),
    [`${LARGE} runs, ms`]: ofLarge.toFixed(2),
    ratio: (ofLarge / ofSmall).toFixed(2),
    'ledger, bytes a run': Math.round(statSync(large.file).size / LARGE),
    'RSS, MB': Math.round(process.memoryUsage.rss() / 2 ** 20),
  });
  await small.close();
  await large.close();
}
writeTable('CPU of a quiet poll', rows);
