import { type Logger, pino } from 'pino';
import type { Clock } from '../model/clock.ts';
import type { Output } from './command.ts';
import type { LogFormat, LogLevel } from './flags.ts';
import { toLogfmt } from './to-logfmt.ts';

interface LoggerOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  readonly output: Output;
  /** Real time, also where the demo's time runs faster. */
  readonly clock: Clock;
}

/**
 * Creates a logger that writes one line a message: `ts`, `level`, `msg`, then the fields.
 *
 * A field named `error` is shown by its message and those of its causes; at level debug by its stack. A `Secret` shows
 * as `[redacted]`, wherever it stands.
 */
export function createLogger({ level, format, output, clock }: LoggerOptions): Logger {
  const showError = (error: unknown): unknown => (level === 'debug' ? withStack(error) : withCauses(error));
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"ts":"${new Date(clock.now() * 1000).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: showError, err: showError },
    },
    {
      write: (line: string) => {
        output.write(format === 'json' ? line : `${toLogfmt(JSON.parse(line) as Record<string, unknown>)}\n`);
      },
    },
  );
}

function withCauses(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  return error.cause === undefined ? error.message : `${error.message}: ${String(withCauses(error.cause))}`;
}

function withStack(error: unknown): unknown {
  return error instanceof Error ? (error.stack ?? error.message) : error;
}
