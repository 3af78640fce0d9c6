/** Commands and the runtime that they get, so that only `main.ts` knows of the process. */
import type { Flags } from './flags.ts';

/** A stream of text. */
export interface Output {
  write(text: string): unknown;
}

/** Version of the program. */
export interface VersionInfo {
  readonly version: string;
  /** The commit it was built from; `unknown` where the build did not say. */
  readonly revision: string;
  /** Without the `v`. */
  readonly nodeVersion: string;
}

/** The process as commands see it. */
export interface Runtime {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Aborts on SIGTERM and SIGINT; a command then ends what it does and resolves. */
  readonly stopSignal: AbortSignal;
  /**
   * Calls back on every SIGHUP, at once if one came already; null: there is nothing to reload, and SIGHUP stops the
   * command. A SIGHUP that comes before this call is remembered.
   */
  onReload(callback: (() => void) | null): void;
  readonly version: VersionInfo;
}

/** The input of a command; `options` are those that only this command has. */
export interface CommandContext<Options = unknown> extends Runtime {
  readonly flags: Flags;
  readonly options: Options;
}

/**
 * A command: resolves to the process's exit code.
 *
 * A `ConfigError` that it throws is printed problem by problem, with exit code 1; any other error is a bug of ours.
 */
export type RunCommand<Options = unknown> = (context: CommandContext<Options>) => Promise<number>;

/** Options of `demo` alone. */
export interface DemoOptions {
  /** Speed of the simulated world, in times of real time. */
  readonly speed: number;
}

/** Options of `simulate` alone. */
export interface SimulateOptions extends DemoOptions {
  /** File with the user's own plan; absent: the demo's company. */
  readonly plan?: string;
  /** Seed of everything random in the world: the same seed, the same runs. */
  readonly seed: string;
  /** Port of the control server on loopback; 0: a free one. */
  readonly port: number;
}
