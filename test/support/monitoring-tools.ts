/** The real Prometheus, promtool, Alertmanager, amtool and VictoriaMetrics for tests, fetched where they are missing. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const SCRIPT = join(REPOSITORY, 'scripts', 'fetch-monitoring-tools');
const execute = promisify(execFile);

/** Absolute paths of the programs. */
export interface MonitoringTools {
  readonly prometheus: string;
  readonly promtool: string;
  readonly alertmanager: string;
  readonly amtool: string;
  readonly victoriaMetrics: string;
  /** Where Alertmanager has to be started: it looks for its templates from there. */
  readonly folder: string;
}

/**
 * Makes sure that the programs are in `.tools` and returns where. Quick when they are; may be called from several
 * test files and processes at once, as the script lets one fetch while the others wait.
 *
 * @throws Error with the script's own words when they cannot be had (no network, not a Debian machine).
 */
export async function fetchMonitoringTools(): Promise<MonitoringTools> {
  await execute(SCRIPT, [], { cwd: REPOSITORY, timeout: 600_000 });

  const folder = join(REPOSITORY, '.tools');
  const program = (name: string): string => join(folder, 'usr', 'bin', name);
  return {
    folder,
    prometheus: program('prometheus'),
    promtool: program('promtool'),
    alertmanager: program('prometheus-alertmanager'),
    amtool: program('amtool'),
    victoriaMetrics: program('victoria-metrics'),
  };
}
