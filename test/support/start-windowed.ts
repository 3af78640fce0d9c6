/** An engine whose vendor lists runs by time: a lookback reaches an hour back, an extended one a day. */
import { DAY, HOUR, MINUTE, seconds } from '../../src/model/time.ts';
import { halve } from '../../src/vendors/frame/slices.ts';
import { someCapabilities } from './builders.ts';
import { startEngine, type TestEngine } from './start-engine.ts';

export const WINDOWED = someCapabilities({ windowed: true, lookback: HOUR, extendedLookback: DAY, lead: DAY });

/** A request for a list, as `WindowedEngine.pollNext` has it: minutes back and ahead. */
export const LOOKBACK = '61 60';
export const EXTENDED_LOOKBACK = '1441 1440';

export interface WindowedEngine extends TestEngine {
  /** Polls a minute later; its requests: minutes back and ahead for a list, `run account` for a run. */
  pollNext(): Promise<readonly string[]>;
}

/** Starts `acme` at such a vendor, takes its baseline, and polls once more. */
export async function startWindowed(): Promise<WindowedEngine> {
  const exporter = await startEngine({
    script: { capabilities: WINDOWED, split: (slice) => halve(slice, seconds(15 * MINUTE)) },
  });
  const { clock, vendor } = exporter;
  const pollNext = async (): Promise<readonly string[]> => {
    clock.advance(MINUTE);
    vendor.asked.length = 0;
    await exporter.poll();
    return vendor.asked.map((request) => {
      const [kind, scope, from, to] = request.split(' ');
      const now = clock.now();
      return kind === 'list' ? `${(now - Number(from)) / MINUTE} ${(Number(to) - now) / MINUTE}` : `${kind} ${scope}`;
    });
  };
  await exporter.poll();
  await pollNext();
  return { ...exporter, pollNext };
}
