import { type Clock, createClock } from '../model/clock.ts';
import { before } from '../model/time.ts';
import { createControlledClock } from '../simulator/controlled-clock.ts';
import { createCompanyWorld } from '../simulator/create-company-world.ts';
import { createWorld } from '../simulator/create-world.ts';
import { startSimulators } from '../simulator/start-simulators.ts';
import type { World } from '../simulator/world.ts';
import { VENDORS } from '../vendors/registry.ts';
import type { RunCommand, SimulateOptions } from './command.ts';
import { aborted, reportingRefusals } from './serve.ts';
import { loadPlan } from './simulate-plan.ts';

const VENDOR_IDS = VENDORS.map(({ id }) => id);

/**
 * Runs only the simulated vendors, for one's own tests and alert drills: the demo's company, or the jobs of a plan at
 * the vendors that it names. Prints a configuration that reads them.
 *
 * @throws ConfigError with every problem of the plan
 * @see spec section 5
 */
export const runSimulate: RunCommand<SimulateOptions> = async (context) => {
  const { stdout, stopSignal, options } = context;
  const clock = createControlledClock(createClock(options.speed));
  const world = createPlannedWorld(clock, options);
  const vendors = VENDOR_IDS.filter((vendor) => world.jobs(vendor).length > 0);
  return reportingRefusals(context, async () => {
    const ports = { control: options.port };
    const simulators = await startSimulators({ world, vendors, clock, ports });
    stdout.write(`${JSON.stringify({ control: simulators.control, config: simulators.config }, null, 2)}\n`);
    await aborted(stopSignal);
    await simulators.close();
    return 0;
  });
};

function createPlannedWorld(clock: Clock, { plan: file, seed }: SimulateOptions): World {
  if (file === undefined) return createCompanyWorld({ clock, seed });
  const { history, jobs } = loadPlan(file, VENDOR_IDS);
  return createWorld({ seed, clock, plan: jobs, since: before(clock.now(), history) });
}
