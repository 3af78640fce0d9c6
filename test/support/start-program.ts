/** Starts the built program, as a user would, in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { eventually } from './eventually.ts';

const PROGRAM = join(import.meta.dirname, '..', '..', 'dist', 'main.js');

interface Ending {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Killed when disposed, if it still runs. */
export interface RunningProgram extends AsyncDisposable {
  /** All it has written so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Null while it runs. */
  readonly ending: () => Ending | null;
  /** Resolves when it has ended and all its output is here. */
  readonly ended: Promise<Ending>;
  kill(signal: NodeJS.Signals): void;
  /** Waits until either output matches. @throws Error with all output when it ends before, or in the time of `eventually` */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
}

/** A proxy of whoever runs the tests is not for what they start on loopback. */
const WITHOUT_PROXIES = { http_proxy: '', https_proxy: '' };

/** @param env beside the environment of the tests */
export function startProgram(args: readonly string[], env: Readonly<Record<string, string>> = {}): RunningProgram {
  return watch(
    spawn(process.execPath, [PROGRAM, ...args], { env: { ...process.env, ...WITHOUT_PROXIES, ...env }, stdio: 'pipe' }),
  );
}

/** Collects what a child process writes, and how it ends. */
export function watch(child: ChildProcess): RunningProgram {
  let stdout = '';
  let stderr = '';
  let ending: Ending | null = null;
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close').then(([code, signal]) => {
    ending = { code: code as number | null, signal: signal as NodeJS.Signals | null };
    return ending;
  });
  return {
    stdout: () => stdout,
    stderr: () => stderr,
    ending: () => ending,
    ended,
    kill: (signal) => void child.kill(signal),
    async printed(pattern) {
      const match = await eventually(() => pattern.exec(stdout) ?? pattern.exec(stderr) ?? ending, {
        what: String(pattern),
        everyMilliseconds: 20,
      }).catch(() => null);
      if (Array.isArray(match)) return match;
      throw new Error(`${pattern} was not printed:\n${stdout}${stderr}`);
    },
    async [Symbol.asyncDispose]() {
      if (ending === null) child.kill('SIGKILL');
      await ended;
    },
  };
}
