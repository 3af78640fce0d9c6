/**
 * Loaded before the program: writes the frames that lead to the first INSERT of a run to the file that
 * `INSERT_STACK_FILE` names, innermost first, one a line: the function, a tab, the URL of its file.
 *
 * The stack of an `Error` ends where a promise has two that wait for it, as that of a queue has. So the stack is kept
 * from which each asynchronous task was started, and they are joined.
 */
import { createHook, executionAsyncId } from 'node:async_hooks';
import { writeFileSync } from 'node:fs';
import { StatementSync } from 'node:sqlite';

interface Task {
  /** Innermost first. */
  readonly frames: readonly string[];
  /** The task that started it. */
  readonly parent: number;
}

const run = StatementSync.prototype.run;
const tasks = new Map<number, Task>();

Error.stackTraceLimit = Infinity;
createHook({ init: (id) => tasks.set(id, { frames: listFrames(), parent: executionAsyncId() }) }).enable();
StatementSync.prototype.run = function (this: StatementSync, ...values: Parameters<typeof run>) {
  if (this.sourceSQL.startsWith('INSERT INTO runs')) {
    writeFileSync(process.env['INSERT_STACK_FILE'] ?? '', joinStacks().join('\n'));
    StatementSync.prototype.run = run;
  }
  return run.apply(this, values);
} as typeof run;

/** The present stack and those of the tasks before it. A function that went on after an `await` counts once. */
function joinStacks(): readonly string[] {
  const frames = [...listFrames()];
  for (let task = tasks.get(executionAsyncId()); task !== undefined; task = tasks.get(task.parent))
    frames.push(...(task.frames[0] === frames.at(-1) ? task.frames.slice(1) : task.frames));
  return frames;
}

/** The present stack without Node's frames and those of this file. */
function listFrames(): readonly string[] {
  const { prepareStackTrace } = Error;
  Error.prepareStackTrace = (_error, sites) =>
    sites.flatMap((site) => {
      const file = site.getFileName() ?? '';
      const isOther = file.startsWith('file:') && file !== import.meta.url;
      return isOther && !site.isAsync() ? `${site.getFunctionName() ?? ''}\t${file}` : [];
    });
  const frames = new Error('stack').stack as unknown as readonly string[];
  Error.prepareStackTrace = prepareStackTrace;
  return frames;
}
