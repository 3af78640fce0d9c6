/** A dense simulated world, served on loopback, whose time a test can hold. */
import { createClock } from '../../src/model/clock.ts';
import { before, seconds } from '../../src/model/time.ts';
import { type ControlledClock, createControlledClock } from '../../src/simulator/controlled-clock.ts';
import { createWorld } from '../../src/simulator/create-world.ts';
import { DRILL_PLAN } from '../../src/simulator/plans/drill.ts';
import { type RunningSimulators, startSimulators } from '../../src/simulator/start-simulators.ts';
import type { JobPlan, World } from '../../src/simulator/world.ts';
import { VENDORS } from '../../src/vendors/registry.ts';

export interface RunningWorld extends AsyncDisposable {
  readonly world: World;
  readonly clock: ControlledClock;
  readonly simulators: RunningSimulators;
  /** A configuration of the exporter that polls it every second, with whatever else is given. */
  config(overrides?: Readonly<Record<string, unknown>>): Record<string, unknown>;
}

interface StartWorldOptions {
  readonly plan?: readonly JobPlan[];
  readonly seed?: number;
}

/** Starts all vendors over the drill plan, or another, a minute after the world began; time stands still. */
export async function startWorld({ plan = DRILL_PLAN, seed = 1 }: StartWorldOptions = {}): Promise<RunningWorld> {
  const clock = createControlledClock(createClock());
  clock.freeze();
  const world = createWorld({ seed, plan, clock, since: before(clock.now(), seconds(60)) });
  const simulators = await startSimulators({ world, clock, vendors: VENDORS.map(({ id }) => id) });
  return {
    world,
    clock,
    simulators,
    config: (overrides = {}) => {
      const { targets } = simulators.config;
      return { poll_interval: '1s', counters: { hold_window: '0s' }, targets, ...overrides };
    },
    [Symbol.asyncDispose]: () => simulators.close(),
  };
}
