/** Simulated worlds whose time only a test moves. */
import { createClock } from '../../src/model/clock.ts';
import { type UnixSeconds, unixSeconds } from '../../src/model/time.ts';
import { type ControlledClock, createControlledClock } from '../../src/simulator/controlled-clock.ts';
import { createWorld } from '../../src/simulator/create-world.ts';
import { DRILL_PLAN } from '../../src/simulator/plans/drill.ts';
import type { JobPlan, World } from '../../src/simulator/world.ts';

/** 2026-11-22T09:00:00Z, when tests begin unless they say otherwise. */
const TEST_START = unixSeconds(Date.UTC(2026, 10, 22, 9) / 1000);

/** A clock that stands still at `start` until it is advanced. */
export function createFrozenClock(start: UnixSeconds = TEST_START): ControlledClock {
  const running = createClock();
  const clock = createControlledClock({ ...running, now: () => start });
  clock.freeze();
  return clock;
}

/** A world of the drill plan, or another, that begins now on a frozen clock. */
export function createTestWorld({
  plan = DRILL_PLAN,
  seed = 1,
  clock = createFrozenClock(),
}: { plan?: readonly JobPlan[]; seed?: number; clock?: ControlledClock } = {}): {
  world: World;
  clock: ControlledClock;
} {
  return { world: createWorld({ seed, clock, plan, since: clock.now() }), clock };
}
