/** What the SDK says on the side: it tells of a partial success nowhere else. */
import { diag, DiagLogLevel } from '@opentelemetry/api';
import type { Logger } from 'pino';

/** A receiver took a request, but not all of its points, or has something to say of them. */
export interface PartialSuccess {
  readonly rejectedPoints: number;
  /** The receiver's own words; empty: none. */
  readonly message: string;
}

export interface Diagnostics {
  /** The partial success that was told since the last call; null: none. */
  takePartialSuccess(): PartialSuccess | null;
  /** Stops listening. */
  close(): void;
}

const PARTIAL_SUCCESS = 'Received Partial Success response:';

/**
 * Listens to the SDK's diagnostics; the rest of what it says goes to the log at level debug.
 *
 * The SDK has one diagnostics logger in a process, so the newest listener hears all. It tells of a partial success in
 * the same breath as it reports the export's success, just before.
 */
export function listenToDiagnostics(logger: Logger): Diagnostics {
  let partialSuccess: PartialSuccess | null = null;
  const log = (message: string, ...details: unknown[]): void => {
    if (message === PARTIAL_SUCCESS) partialSuccess = parsePartialSuccess(String(details[0]));
    else logger.debug({ sdk: toLine([message, ...details]) }, 'OpenTelemetry SDK');
  };
  diag.setLogger(
    { error: log, warn: log, info: log, debug: () => {}, verbose: () => {} },
    { logLevel: DiagLogLevel.INFO, suppressOverrideMessage: true },
  );
  return {
    takePartialSuccess: () => {
      const taken = partialSuccess;
      partialSuccess = null;
      return taken;
    },
    close: () => diag.disable(),
  };
}

/** JSON carries the count as text, protobuf as a number. */
function parsePartialSuccess(json: string): PartialSuccess {
  const { rejectedDataPoints, errorMessage } = JSON.parse(json) as Readonly<Record<string, unknown>>;
  const points = Number(rejectedDataPoints ?? 0);
  return {
    rejectedPoints: Number.isFinite(points) ? points : 0,
    message: typeof errorMessage === 'string' ? errorMessage : '',
  };
}

function toLine(parts: readonly unknown[]): string {
  return parts.map((part) => (part instanceof Error ? part.message : String(part))).join(' ');
}
