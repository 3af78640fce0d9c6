/** The world of the demo: Acme's platform, seven days old at the present of its clock. */
import type { Clock } from '../model/clock.ts';
import { before, startOfDay } from '../model/time.ts';
import { createWorld } from './create-world.ts';
import { COMPANY_HISTORY, COMPANY_PLAN } from './plans/company.ts';
import type { World } from './world.ts';

/** Creates the company's world, with history up to the clock's present; nightly jobs run at their hour, UTC. */
export function createCompanyWorld({ clock, seed = 'acme' }: { clock: Clock; seed?: number | string }): World {
  return createWorld({ seed, clock, plan: COMPANY_PLAN, since: startOfDay(before(clock.now(), COMPANY_HISTORY)) });
}
