/** The exporter at work: engine, page, web server and OTLP push over one configuration, until it is told to stop. */
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { createPage } from '../exposition/page.ts';
import { createProcessMetrics } from '../exposition/process-metrics.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { CATALOGUE } from '../metrics/catalogue.ts';
import type { Clock } from '../model/clock.ts';
import { seconds } from '../model/time.ts';
import { createEngine, type Engine } from '../polling/engine.ts';
import { VENDORS } from '../vendors/registry.ts';
import { createWebApp, type ReloadOutcome } from '../web/app.ts';
import { type ListenAddress, startWeb, type WebServer } from '../web/server.ts';
import type { VersionInfo } from './command.ts';
import { createStatusSource } from './status.ts';

/** How long answers under way may take once the process has been told to stop. @see spec section 6: exit within 10 s */
const CLOSE_DEADLINE = seconds(3);

export interface RunExporterOptions {
  readonly config: Config;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly version: VersionInfo;
  /** Empty: no HTTP at all. */
  readonly addresses: readonly ListenAddress[];
  readonly telemetryPath: string;
  readonly maxRequests: number;
  /** Reads the configuration anew. @throws ConfigError */
  readonly loadConfig: () => Config;
  /** Whether `/-/reload` may be used. */
  readonly enableLifecycle: boolean;
}

export interface RunningExporter {
  readonly engine: Engine;
  /** Where it listens; null without HTTP. */
  readonly web: WebServer | null;
  /** Reads the configuration anew; keeps the present one where it has a problem. */
  reload(): Promise<ReloadOutcome>;
  /** Ends polls, writes what is unwritten, closes connections. The ledger stays open. */
  stop(): Promise<void>;
}

/**
 * Starts to serve what the ledger knows, then to poll.
 * @throws LedgerError when the ledger refuses a target; the system's error when an address cannot be had
 */
export async function runExporter(options: RunExporterOptions): Promise<RunningExporter> {
  const { config, ledger, clock, logger, version, addresses } = options;
  const engine = await createEngine({
    config,
    vendors: VENDORS,
    ledger,
    clock,
    logger,
    build: version,
    readers: { scrapes: addresses.length > 0, pushes: false },
    otlp: () => null,
  });
  const reload = createReload(engine, options);
  const page = createPage({
    source: engine.source,
    catalogue: CATALOGUE,
    extraLines: createProcessMetrics(clock),
    reportDuplicate: ({ name }, labels) =>
      logger.error({ metric: name, labels: labels.join(' ') }, 'two samples with equal labels'),
  });
  const app = createWebApp({
    page,
    source: engine.source,
    status: createStatusSource(engine, clock),
    clock,
    version: version.version,
    metricsPath: options.telemetryPath,
    maxRequests: options.maxRequests,
    reload: options.enableLifecycle ? reload : null,
    reportError: (error) => logger.error({ error }, 'a page failed'),
  });
  const web = addresses.length === 0 ? null : await startWeb({ app, addresses });
  engine.start();
  return {
    engine,
    web,
    reload,
    stop: async () => {
      await engine.stop();
      await web?.close(CLOSE_DEADLINE);
    },
  };
}

/** One reload after the other, so that two signals never interleave. */
function createReload(engine: Engine, { loadConfig, logger }: RunExporterOptions): () => Promise<ReloadOutcome> {
  let last: Promise<unknown> = Promise.resolve();
  const reload = async (): Promise<ReloadOutcome> => {
    try {
      await engine.reload(loadConfig());
      logger.info('configuration reloaded');
      return { ok: true };
    } catch (error) {
      engine.reloadFailed();
      const problems = error instanceof Error ? error.message.split('\n') : [String(error)];
      for (const problem of problems) logger.error({ problem }, 'configuration not reloaded');
      return { ok: false, problems };
    }
  };
  return () => {
    const turn = last.then(reload);
    last = turn;
    return turn;
  };
}
