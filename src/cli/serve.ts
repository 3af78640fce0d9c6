import type { Logger } from 'pino';
import { loadConfig } from '../config/load-config.ts';
import { type Ledger, LedgerError } from '../ledger/ledger.ts';
import { type Clock, createClock } from '../model/clock.ts';
import { seconds } from '../model/time.ts';
import { VENDORS } from '../vendors/registry.ts';
import { ListenError } from '../web/server.ts';
import type { CommandContext, RunCommand } from './command.ts';
import { formatListenAddress } from './listen-address.ts';
import { createLogger } from './logger.ts';
import { openLedger } from './open-ledger.ts';
import { runExporter } from './run-exporter.ts';

const LEDGER_CHECK_INTERVAL = seconds(10);

interface WatchOptions {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly stop: AbortSignal;
}

/**
 * Polls and serves until it is told to stop.
 * @throws ConfigError with every problem of the configuration
 * @see spec sections 5 and 6
 */
export const runServe: RunCommand = async (context) => {
  const { flags, env, stderr, stopSignal, version } = context;
  const load = () => loadConfig(flags.configFile, { vendors: VENDORS, env });
  const config = load();
  const clock = createClock();
  const logger = createLogger({ level: flags.logLevel, format: flags.logFormat, output: stderr, clock });
  return reportingRefusals(context, async () => {
    const ledger = openLedger(config, flags.storagePath, clock);
    try {
      const exporter = await runExporter({
        config,
        ledger,
        clock,
        logger,
        version,
        env,
        loadConfig: load,
        addresses: flags.listenAddresses,
        telemetryPath: flags.telemetryPath,
        maxRequests: flags.maxRequests,
        enableLifecycle: flags.enableLifecycle,
      });
      context.onReload(() => {
        if (!stopSignal.aborted) void exporter.reload();
      });
      const addresses = exporter.web?.addresses.map(formatListenAddress);
      logger.info({ version: version.version, targets: config.targets.length, ledger: ledger.id }, 'exporter started');
      for (const address of addresses ?? []) logger.info({ address, path: flags.telemetryPath }, 'listening');
      const stop = AbortSignal.any([stopSignal, ledger.lost]);
      await Promise.all([watchLedger({ ledger, clock, logger, stop }), aborted(stop)]);
      logger.info('stopping');
      await exporter.stop();
      logger.info('stopped');
      ledger.lost.throwIfAborted();
      return 0;
    } finally {
      await ledger.close();
    }
  });
};

/** Checks every 10 s that the ledger can still be written: a quiet exporter writes nothing for minutes. */
async function watchLedger({ ledger, clock, logger, stop }: WatchOptions): Promise<void> {
  let reported: string | null = null;
  while (!stop.aborted) {
    await clock.sleep(LEDGER_CHECK_INTERVAL, stop);
    const problem = (await ledger.check())?.message ?? null;
    if (problem !== null && problem !== reported) logger.error({ problem }, 'the ledger can no longer be written');
    reported = problem;
  }
}

/** Resolves once the signal has aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/**
 * Reports in one line an error of the user's machine, such as a ledger in use or a taken port. Other errors are thrown.
 */
export async function reportingRefusals(
  { stderr }: Pick<CommandContext, 'stderr'>,
  work: () => Promise<number>,
): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof LedgerError) && !(error instanceof ListenError)) throw error;
    stderr.write(`datajobs-exporter: ${error.message}\n`);
    return 1;
  }
}
