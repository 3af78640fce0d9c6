/** Turns of the event loop, and what the main thread did in each: worked, or waited for one of the machine's cores. */
import { closeSync, openSync, readSync } from 'node:fs';

/** Milliseconds of one turn. */
export interface Turn {
  readonly wall: number;
  /** Used by the main thread. */
  readonly cpu: number;
  /** The main thread could run, but the machine's cores were taken: by other processes and by this one's own helpers. */
  readonly waited: number;
}

/** Turns are seen to this; a turn with nothing to do takes as long. */
const RESOLUTION_MS = 1;
/** Main thread: nanoseconds run, nanoseconds waited for a core, times run. @see proc_schedstat(5) */
const SCHEDSTAT = '/proc/self/schedstat';

/**
 * Watches the turns of the event loop from now on, by a timer: a turn goes from one look at the timers to the next.
 * The rest, neither CPU nor waiting for a core, is sleep: nothing to do, or main thread and helpers waiting for one
 * another, as collecting garbage does.
 *
 * @returns what ends it and gives the turns, in order
 */
export function watchTurns(): () => readonly Turn[] {
  const turns: Turn[] = [];
  const file = openSync(SCHEDSTAT, 'r');
  const bytes = Buffer.alloc(128);
  const readThread = (): string => {
    // The kernel counts a running thread's time at its clock ticks alone (4 ms), and whenever the process's is asked for.
    process.cpuUsage();
    return bytes.toString('latin1', 0, readSync(file, bytes, 0, bytes.length, 0));
  };
  const read = (): Turn => {
    for (;;) {
      const [cpu, waited] = readThread().split(' ');
      const wall = performance.now();
      // Who lost the core between the two looks looks again: time and thread would be told of different moments.
      if (readThread().split(' ')[1] === waited) return { wall, cpu: Number(cpu) / 1e6, waited: Number(waited) / 1e6 };
    }
  };
  let last = read();
  const timer = setInterval(() => {
    const now = read();
    turns.push({ wall: now.wall - last.wall, cpu: now.cpu - last.cpu, waited: now.waited - last.waited });
    last = now;
  }, RESOLUTION_MS);
  return () => {
    clearInterval(timer);
    closeSync(file);
    return turns;
  };
}
