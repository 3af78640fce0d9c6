import { createFiles } from '../config/files.ts';
import { parseConfig } from '../config/load-config.ts';
import { openSqliteLedger } from '../ledger/sqlite/sqlite-ledger.ts';
import { createClock } from '../model/clock.ts';
import { NO_PROXIES } from '../model/proxies.ts';
import { createControlledClock } from '../simulator/controlled-clock.ts';
import { createCompanyWorld } from '../simulator/create-company-world.ts';
import { type RunningSimulators, startSimulators } from '../simulator/start-simulators.ts';
import { VENDORS } from '../vendors/registry.ts';
import type { DemoOptions, RunCommand } from './command.ts';
import { createLogger } from './logger.ts';
import { runExporter } from './run-exporter.ts';
import { aborted, reportingRefusals } from './serve.ts';

/** In the machine's time, so that pushes are seen to come, also at a high `--speed`. */
const PUSH_INTERVAL = '5s';

/**
 * Runs the whole product without any account: five simulated vendors on loopback, and the exporter on them. It can be
 * scraped, and pushes to the simulators' control server. Time runs at `--speed` for vendors and exporter alike,
 * pushes apart; the ledger is in memory and gone at the end.
 *
 * @see spec section 5
 */
export const runDemo: RunCommand<DemoOptions> = async (context) => {
  const { flags, env, stdout, stderr, stopSignal, version, options } = context;
  const clock = createControlledClock(createClock(options.speed));
  const logger = createLogger({ level: flags.logLevel, format: flags.logFormat, output: stderr, clock: createClock() });
  const vendors = VENDORS.map(({ id }) => id);
  const world = createCompanyWorld({ clock });
  return reportingRefusals(context, async () => {
    const simulators = await startSimulators({ world, vendors, clock });
    const ledger = openSqliteLedger(':memory:', clock);
    try {
      const text = JSON.stringify(toDemoConfig(simulators, env));
      // The simulators are on this machine: a proxy could not reach them.
      const load = () => ({
        ...parseConfig(text, 'demo', { vendors: VENDORS, env, files: createFiles() }),
        proxies: NO_PROXIES,
      });
      const exporter = await runExporter({
        config: load(),
        ledger,
        clock,
        logger,
        version,
        env,
        loadConfig: load,
        addresses: demoAddresses(flags),
        telemetryPath: flags.telemetryPath,
        maxRequests: flags.maxRequests,
        enableLifecycle: flags.enableLifecycle,
      });
      const port = exporter.web?.addresses[0]?.port;
      if (port !== undefined) {
        stdout.write(
          `datajobs-exporter demo: five simulated vendors at ${options.speed} x real time; Ctrl-C ends it\n\n`,
        );
        stdout.write(`  status   http://localhost:${port}/\n`);
        stdout.write(`  metrics  http://localhost:${port}${flags.telemetryPath}\n`);
        stdout.write(`  control  ${simulators.control} (faults, clock, truth)\n`);
        if (exporter.pushesTo !== null) stdout.write(`  otlp     ${describeReceiver(exporter.pushesTo, simulators)}\n`);
        for (const [vendor, origin] of Object.entries(simulators.origins)) {
          stdout.write(`  ${vendor.padEnd(8)} ${origin}\n`);
        }
      }
      await aborted(stopSignal);
      await exporter.stop();
      return 0;
    } finally {
      await ledger.close();
      await simulators.close();
    }
  });
};

/** Changes the simulators' configuration so that there is soon something to see. */
function toDemoConfig({ config, control }: RunningSimulators, env: Parameters<typeof runDemo>[0]['env']): object {
  // A protocol alone counts too: our receiver may not take it.
  const isReceiverNamed = ['ENDPOINT', 'METRICS_ENDPOINT', 'PROTOCOL', 'METRICS_PROTOCOL'].some(
    (name) => (env[`OTEL_EXPORTER_OTLP_${name}`] ?? '').trim() !== '',
  );
  const ours = { enabled: true, endpoint: control, protocol: 'http/json', interval: PUSH_INTERVAL };
  return {
    ...config,
    // Held for a shorter time than by default, so that the first counts show soon.
    counters: { hold_window: '30s' },
    // To a receiver of the user's own it pushes as `serve` would, with the same defaults.
    ...(!isReceiverNamed && { otlp: ours }),
  };
}

function describeReceiver(url: string, { control }: RunningSimulators): string {
  return url.startsWith(`${control}/`) ? `${url} (shows the last push)` : url;
}

/** The demo protects nothing: unless an address is given, only this machine reaches it. */
function demoAddresses(flags: Parameters<typeof runDemo>[0]['flags']): readonly { host: string; port: number }[] {
  const given = flags.listenAddresses.map(({ host, port }) => ({ host: host ?? '', port }));
  return flags.isListenAddressGiven ? given : given.map(({ port }) => ({ host: '127.0.0.1', port }));
}
