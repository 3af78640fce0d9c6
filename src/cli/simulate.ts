import { createClock } from '../model/clock.ts';
import { createControlledClock } from '../simulator/controlled-clock.ts';
import { createCompanyWorld } from '../simulator/create-company-world.ts';
import { startSimulators } from '../simulator/start-simulators.ts';
import { VENDORS } from '../vendors/registry.ts';
import type { RunCommand, SimulateOptions } from './command.ts';
import { aborted, reportingRefusals } from './serve.ts';

/**
 * Only the simulated vendors, for one's own tests and alert drills. Prints a configuration that reads them.
 *
 * @see spec section 5
 */
export const runSimulate: RunCommand<SimulateOptions> = async (context) => {
  const { stdout, stopSignal, options } = context;
  const clock = createControlledClock(createClock(options.speed));
  const vendors = VENDORS.map(({ id }) => id);
  const world = createCompanyWorld({ clock });
  return reportingRefusals(context, async () => {
    const ports = { control: options.port };
    const simulators = await startSimulators({ world, vendors, clock, ports });
    stdout.write(`${JSON.stringify({ control: simulators.control, config: simulators.config }, null, 2)}\n`);
    await aborted(stopSignal);
    await simulators.close();
    return 0;
  });
};
