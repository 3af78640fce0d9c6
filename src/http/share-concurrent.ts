import { orAbort } from './or-abort.ts';

interface Shared<T> {
  readonly promise: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
}

/**
 * Shares `work` among its callers: whoever calls while it runs gets the same outcome. A caller stops waiting when its
 * own signal aborts; the work is aborted when no caller waits any more.
 *
 * @returns a function that rejects with what `work` rejects with, or with the reason of the signal it was given
 */
export function shareConcurrent<T>(work: (signal: AbortSignal) => Promise<T>): (signal: AbortSignal) => Promise<T> {
  let current: Shared<T> | null = null;

  function forget(shared: Shared<T>): void {
    if (current === shared) current = null;
  }

  return async (signal) => {
    signal.throwIfAborted();
    if (current === null) {
      const controller = new AbortController();
      current = { promise: work(controller.signal), controller, waiting: 0 };
    }
    const shared = current;
    shared.waiting += 1;
    try {
      return await orAbort(shared.promise, signal);
    } finally {
      shared.waiting -= 1;
      if (shared.waiting === 0) {
        forget(shared);
        shared.controller.abort();
      }
    }
  };
}
