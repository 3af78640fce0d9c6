import { setTimeout as pause } from 'node:timers/promises';

/** Only ends what hangs: no test may depend on how fast a machine is. Less than a system test has. */
const WITHIN_SECONDS = 300;

interface EventuallyOptions {
  /** The condition that is waited for, as the error names it: `all targets up`. */
  readonly what: string;
  readonly everyMilliseconds?: number;
}

/**
 * Asks again and again until the answer is not null, and returns it. A question that throws counts as not answered.
 *
 * @throws Error naming what was waited for, with the last failure as its cause
 */
export async function eventually<T>(ask: () => Promise<T | null> | T | null, options: EventuallyOptions): Promise<T> {
  const { what, everyMilliseconds = 100 } = options;
  const deadline = performance.now() + WITHIN_SECONDS * 1000;
  let cause: unknown;
  do {
    try {
      const answer = await ask();
      if (answer !== null) return answer;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await pause(everyMilliseconds);
  } while (performance.now() < deadline);
  throw new Error(`${what}: not within ${WITHIN_SECONDS} s`, { cause });
}
