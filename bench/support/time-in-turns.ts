import { median } from './median.ts';

/** The system counts a thread's CPU time in ticks of some milliseconds, so that a case is timed as a row of so many. */
const REPEATS = 10;
const WARM_UP_ROUNDS = 1;

/**
 * Times several ways of doing things, in turns, so that a noisy moment of the machine strikes all of them alike.
 * Measured is the CPU time of the main thread: waiting for other processes does not count.
 *
 * @param cases work by name; none of it waits
 * @returns the median of each, in milliseconds
 */
export function timeInTurns<Name extends string>(
  cases: Readonly<Record<Name, () => unknown>>,
  rounds: number,
): Readonly<Record<Name, number>> {
  const names = Object.keys(cases) as Name[];
  const times = new Map(names.map((name) => [name, [] as number[]]));
  for (let round = 0; round < WARM_UP_ROUNDS + rounds; round++) {
    for (const name of names) {
      const start = process.threadCpuUsage();
      for (let repeat = 0; repeat < REPEATS; repeat++) cases[name]();
      const { user, system } = process.threadCpuUsage(start);
      if (round >= WARM_UP_ROUNDS) times.get(name)?.push((user + system) / 1000 / REPEATS);
    }
  }
  return Object.fromEntries([...times].map(([name, all]) => [name, median(all)])) as Record<Name, number>;
}
