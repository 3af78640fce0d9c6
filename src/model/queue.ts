/** Runs a task after all tasks that were asked for before it. Settles as the task does. */
export type Queue = <T>(task: () => T | Promise<T>) => Promise<T>;

/**
 * Creates a queue that runs tasks one after another, in the order asked. A task that fails does not stop the next.
 * A task must not wait for one that it puts into the same queue: neither would ever end.
 */
export function createQueue(): Queue {
  let last: Promise<void> = Promise.resolve();
  return (task) => {
    const outcome = last.then(task);
    // Of a task, only its end is kept: the queue would else hold on to what it returned.
    last = outcome.then(ignore, ignore);
    return outcome;
  };
}

function ignore(): void {}
