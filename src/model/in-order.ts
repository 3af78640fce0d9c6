/** Runs one task after the other, in the order in which they were asked for. */
export type Queue = <Result>(task: () => Promise<Result>) => Promise<Result>;

/** An empty queue. A task that fails rejects its own promise and does not stop the next one. */
export function createQueue(): Queue {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const turn = last.then(task, task);
    last = turn.catch(() => {});
    return turn;
  };
}
