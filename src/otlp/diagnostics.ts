import { diag, DiagLogLevel } from '@opentelemetry/api';
import type { Logger } from 'pino';

/**
 * Passes what the SDK says on the side to the log, at level debug. The SDK has one diagnostics logger in a process, so
 * the newest listener hears all.
 *
 * @returns what stops it
 */
export function listenToDiagnostics(logger: Logger): () => void {
  const log = (...parts: unknown[]): void => logger.debug({ sdk: toLine(parts) }, 'OpenTelemetry SDK');
  diag.setLogger(
    { error: log, warn: log, info: log, debug: () => {}, verbose: () => {} },
    { logLevel: DiagLogLevel.INFO, suppressOverrideMessage: true },
  );
  return () => diag.disable();
}

function toLine(parts: readonly unknown[]): string {
  return parts.map((part) => (part instanceof Error ? part.message : String(part))).join(' ');
}
