/** The exporter at work: engine, page, web server and OTLP push over one configuration, until it is told to stop. */
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { diffTargets, isSame } from '../config/diff-targets.ts';
import { createPage } from '../exposition/page.ts';
import { createProcessMetrics } from '../exposition/process-metrics.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { CATALOGUE } from '../metrics/catalogue.ts';
import type { Clock } from '../model/clock.ts';
import { createQueue } from '../model/queue.ts';
import { seconds } from '../model/time.ts';
import { loadOtlpSettings, type OtlpSettings, toPublicUrl } from '../otlp/settings.ts';
import type { OtlpPush } from '../otlp/start-otlp.ts';
import { createEngine, type Engine } from '../engine/engine.ts';
import { VENDORS } from '../vendors/registry.ts';
import { createWebApp, type ReloadOutcome } from '../web/app.ts';
import { type ListenAddress, startWeb, type WebServer } from '../web/server.ts';
import { removeAddresses, writeAddresses } from './address-file.ts';
import type { VersionInfo } from './command.ts';
import { describeReload } from './describe-reload.ts';
import { createStatusSource } from '../engine/create-status-source.ts';

/** Most time for open answers and for a last push once the process is to stop. @see spec section 6: exit within 10 s */
const CLOSE_DEADLINE = seconds(3);
const LAST_PUSH_DEADLINE = seconds(4);

export interface RunExporterOptions {
  readonly config: Config;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly version: VersionInfo;
  /** For the `OTEL_*` variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Empty: no HTTP at all. */
  readonly addresses: readonly ListenAddress[];
  readonly telemetryPath: string;
  readonly maxRequests: number;
  /** Reads the configuration anew. @throws ConfigError */
  readonly loadConfig: () => Config;
  /** True if `/-/reload` may be used. */
  readonly enableLifecycle: boolean;
}

export interface RunningExporter {
  readonly engine: Engine;
  /** The web server; null without HTTP. */
  readonly web: WebServer | null;
  /** The URL that it pushes to, without parts that may be secret; null: it does not push. */
  readonly pushesTo: string | null;
  /** Reads the configuration anew; keeps the present one where it has a problem. */
  reload(): Promise<ReloadOutcome>;
  /** Ends polls, writes what is unwritten, closes connections. The ledger stays open. */
  stop(): Promise<void>;
}

/**
 * Starts to serve what the ledger knows, then to poll.
 * @throws ConfigError when a certificate for OTLP cannot be used; LedgerError when the ledger refuses a target;
 * ListenError when an address cannot be had
 */
export async function runExporter(options: RunExporterOptions): Promise<RunningExporter> {
  const { config, ledger, clock, logger, version, addresses } = options;
  const otlpSettings = loadOtlpSettings(config, options.env, (warning) =>
    logger.warn({ warning }, 'an OTLP setting is not followed'),
  );
  let otlp: OtlpPush | null = null;
  const engine = await createEngine({
    config,
    vendors: VENDORS,
    ledger,
    clock,
    logger,
    build: version,
    readers: { scrapes: addresses.length > 0, pushes: otlpSettings !== null },
    otlp: () => otlp?.status() ?? null,
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
    maxRequests: options.maxRequests === 0 ? Infinity : options.maxRequests,
    created: config.created,
    reload: options.enableLifecycle ? reload : null,
    reportError: (error) => logger.error({ error }, 'a page failed'),
  });
  const web = addresses.length === 0 ? null : await startWeb({ app, addresses });
  announce(web?.addresses ?? [], options);
  if (otlpSettings !== null) otlp = await push(otlpSettings, engine, options);
  engine.start();
  return {
    engine,
    web,
    pushesTo: otlpSettings === null ? null : toPublicUrl(otlpSettings.url),
    reload,
    stop: async () => {
      await engine.stop();
      await Promise.all([otlp?.stop(LAST_PUSH_DEADLINE), web?.close(CLOSE_DEADLINE)]);
      removeAddresses(options.env);
    },
  };
}

/** Writes the address file for the health check; the exporter works without it as well. */
function announce(addresses: readonly ListenAddress[], { env, logger }: RunExporterOptions): void {
  try {
    writeAddresses(env, addresses);
  } catch (error) {
    logger.warn({ error: String(error) }, 'the health check will not find this exporter');
  }
}

/** Starts to push. The libraries of OTLP are larger than all others, so they are loaded only where they are used. */
async function push(settings: OtlpSettings, engine: Engine, options: RunExporterOptions): Promise<OtlpPush> {
  const { startOtlp } = await import('../otlp/start-otlp.ts');
  const { clock, logger, version, ledger } = options;
  const service = { version: version.version, instanceId: ledger.id };
  return startOtlp({ settings, source: engine.source, clock, logger, service, changed: engine.touch });
}

/** Creates what reads the configuration anew: one reload after the other, so that two signals never interleave. */
function createReload(
  engine: Engine,
  { config, loadConfig, logger }: RunExporterOptions,
): () => Promise<ReloadOutcome> {
  const inOrder = createQueue();
  let present = config;
  const reload = async (): Promise<ReloadOutcome> => {
    try {
      const next = loadConfig();
      await engine.reload(next);
      for (const key of needRestart(config, next))
        logger.warn({ key }, 'a changed setting takes effect after a restart');
      logger.info(describeReload(diffTargets(present, next)), 'configuration reloaded');
      present = next;
      return { ok: true };
    } catch (error) {
      engine.reloadFailed();
      const problems = error instanceof Error ? error.message.split('\n') : [String(error)];
      for (const problem of problems) logger.error({ problem }, 'configuration not reloaded');
      return { ok: false, problems };
    }
  };
  return () => inOrder(reload);
}

/** Lists changed settings that are only read at the start. */
function needRestart(started: Config, next: Config): readonly (keyof Config)[] {
  const keys = ['ledgerUrl', 'created', 'otlp'] as const;
  return keys.filter((key) => !isSame(started[key], next[key]));
}
