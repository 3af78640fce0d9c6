import { setTimeout as pause } from 'node:timers/promises';

interface EventuallyOptions {
  /** What is waited for, as the error names it: `all targets up`. */
  readonly what: string;
  /** Generous, as a busy machine is no fault. */
  readonly withinSeconds?: number;
  readonly everyMilliseconds?: number;
}

/**
 * Asks again and again until the answer is not null, and returns it. A question that throws counts as not answered.
 *
 * @throws Error naming what was waited for, with the last failure as its cause
 */
export async function eventually<T>(ask: () => Promise<T | null> | T | null, options: EventuallyOptions): Promise<T> {
  const { what, withinSeconds = 60, everyMilliseconds = 100 } = options;
  const deadline = performance.now() + withinSeconds * 1000;
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
  throw new Error(`${what}: not within ${withinSeconds} s`, { cause });
}
