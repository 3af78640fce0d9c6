/** The words that plans are written in. */
import { DAY, HOUR, MINUTE, type Seconds, seconds } from '../../model/time.ts';
import type { JobPlan } from '../world.ts';

type Common = 'vendor' | 'workspace' | 'kind' | 'queue' | 'results';
/** A job as a plan names it: what it shares with its siblings may be left out. */
export type DescribedJob = Omit<JobPlan, Common> & Partial<Omit<Pick<JobPlan, Common>, 'vendor'>>;

/** Jobs of one vendor; each may depart from what they share. Four runs in a hundred fail unless said otherwise. */
export function jobsOf(
  common: Pick<JobPlan, 'vendor' | 'workspace' | 'queue'> & Partial<Pick<JobPlan, 'kind' | 'results'>>,
  jobs: readonly DescribedJob[],
): readonly JobPlan[] {
  return jobs.map((job) => ({ kind: '', results: { success: 96, failure: 4 }, ...common, ...job }));
}

/** The lengths of time between two, in seconds. */
export function range(shortest: number, longest: number): readonly [Seconds, Seconds] {
  return [seconds(shortest), seconds(longest)];
}

/** A length of time in minutes. */
export function minutes(count: number): Seconds {
  return seconds(count * MINUTE);
}

/** Once a day at this hour, UTC, in a world that begins at midnight. */
export function nightly(hour: number): { readonly every: Seconds; readonly phase: Seconds } {
  return { every: DAY, phase: seconds(hour * HOUR) };
}
