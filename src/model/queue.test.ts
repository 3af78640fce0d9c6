import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { createQueue } from './queue.ts';

/** A task that ends when it is told to. */
function createTask(name: string, log: string[]) {
  const gate = Promise.withResolvers<string>();
  const run = async (): Promise<string> => {
    log.push(`${name} begins`);
    try {
      return await gate.promise;
    } finally {
      log.push(`${name} ends`);
    }
  };
  return { run, end: () => gate.resolve(name), fail: () => gate.reject(new Error(`${name} failed`)) };
}

test('runs tasks one after another, in the order asked', async () => {
  const inOrder = createQueue();
  const log: string[] = [];
  const tasks = ['a', 'b', 'c'].map((name) => createTask(name, log));
  const outcomes = Promise.all(tasks.map((task) => inOrder(task.run)));

  for (const task of tasks.toReversed()) task.end();

  expect(await outcomes).toEqual(['a', 'b', 'c']);
  expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

test('goes on after a task that fails, and tells the failure to whoever asked for it', async () => {
  const inOrder = createQueue();
  const log: string[] = [];
  const [bad, good] = [createTask('bad', log), createTask('good', log)];
  const outcomes = Promise.allSettled([inOrder(bad.run), inOrder(good.run)]);

  bad.fail();
  good.end();

  expect(await outcomes).toEqual([
    { status: 'rejected', reason: new Error('bad failed') },
    { status: 'fulfilled', value: 'good' },
  ]);
  expect(log).toEqual(['bad begins', 'bad ends', 'good begins', 'good ends']);
});

test('takes a task that does not wait, and one that throws at once', async () => {
  const inOrder = createQueue();

  const value = inOrder(() => 7);
  const failure = inOrder(() => {
    throw new Error('at once');
  });

  await expect(value).resolves.toBe(7);
  await expect(failure).rejects.toThrow('at once');
});

test('begins no task before its caller has gone on', async () => {
  const inOrder = createQueue();
  const log: string[] = [];

  const done = inOrder(() => log.push('task'));
  log.push('caller');
  await done;

  expect(log).toEqual(['caller', 'task']);
});

test('keeps nothing of a task that has ended', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const inOrder = createQueue();
  const results: WeakRef<object>[] = [];

  for (let asked = 0; asked < 20; asked += 1)
    await inOrder(() => {
      const result = {};
      results.push(new WeakRef(result));
      return result;
    });
  await new Promise(setImmediate);
  collectGarbage();

  expect(results.filter((result) => result.deref() !== undefined).length).toBeLessThanOrEqual(1);
});
