/** What a command gets to work with, so that only `main.ts` knows of the process. */
import type { Flags } from './flags.ts';

/** Where text goes. */
export interface Output {
  write(text: string): unknown;
}

/** Which program this is. */
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
   * command. Until it is called SIGHUP is remembered.
   */
  onReload(callback: (() => void) | null): void;
  readonly version: VersionInfo;
}

/** One start of a command; `options` are those that only this command has. */
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

/** What only `demo` is told. */
export interface DemoOptions {
  /** How many times faster than real time the simulated world runs. */
  readonly speed: number;
}

/** What only `simulate` is told. */
export interface SimulateOptions extends DemoOptions {
  /** File of a plan of one's own; absent: the demo's company. */
  readonly plan?: string;
  /** What everything random of the world is drawn from. */
  readonly seed: string;
  /** Of the simulators on loopback; 0: a free one. */
  readonly port: number;
}
