import { loadConfig } from '../config/load-config.ts';
import { createPage } from '../exposition/page.ts';
import { CATALOGUE } from '../metrics/catalogue.ts';
import { createClock } from '../model/clock.ts';
import { seconds } from '../model/time.ts';
import { createEngine } from '../engine/engine.ts';
import { VENDORS } from '../vendors/registry.ts';
import type { RunCommand } from './command.ts';
import { createLogger } from './logger.ts';
import { copyLedger } from './open-ledger.ts';
import { reportingRefusals } from './serve.ts';

/**
 * Polls every target once and prints the exposition: what the exporter would show of the ledger as it stands and of
 * what this poll adds. The ledger itself is not written.
 *
 * @returns 1 if a target could not be polled
 * @throws ConfigError with every problem of the configuration
 * @see spec section 5
 */
export const runOnce: RunCommand = async (context) => {
  const { flags, env, stdout, stderr, version } = context;
  const config = loadConfig(flags.configFile, { vendors: VENDORS, env });
  const clock = createClock();
  const logger = createLogger({ level: flags.logLevel, format: flags.logFormat, output: stderr, clock });
  return reportingRefusals(context, async () => {
    const ledger = await copyLedger(config, flags.storagePath, clock);
    try {
      const engine = await createEngine({
        // Whoever reads this once wants the totals as they are.
        config: { ...config, holdWindow: seconds(0) },
        vendors: VENDORS,
        ledger,
        clock,
        logger,
        build: version,
        otlp: () => null,
        readers: { scrapes: false, pushes: false },
      });
      context.stopSignal.addEventListener('abort', () => void engine.stop(), { once: true });
      await engine.pollOnce();
      const reportDuplicate = (): void => {};
      const page = createPage({ source: engine.source, catalogue: CATALOGUE, extraLines: null, reportDuplicate });
      const { buffers } = await page.read({ format: 'text', gzip: false, created: false });
      stdout.write(Buffer.concat(buffers).toString());
      return [...engine.targets.values()].every(({ target }) => target.activity.current().up) ? 0 : 1;
    } finally {
      await ledger.close();
    }
  });
};
