import { get } from 'node:http';
import type { ListenAddress } from '../web/server.ts';
import { readAddresses } from './address-file.ts';
import type { RunCommand } from './command.ts';

/** Less than the five seconds of the image's health check. */
const TIMEOUT_MS = 4000;

/** The loopback address for those that mean every address of the machine. */
const LOOPBACK: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/**
 * Asks the exporter on this machine whether it is healthy, wherever it listens. An exporter without HTTP counts as
 * healthy while its address file is there.
 * @returns 0 if it is healthy
 */
export const runHealthcheck: RunCommand = async ({ env, stderr }) => {
  try {
    const [first] = readAddresses(env);
    if (first !== undefined) await askHealth(first);
    return 0;
  } catch (error) {
    stderr.write(`datajobs-exporter: not healthy: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
};

/** @throws Error unless the answer is good */
function askHealth({ host: given, port }: ListenAddress): Promise<void> {
  const host = given ?? '127.0.0.1';
  return new Promise((resolve, reject) => {
    const options = { host: LOOPBACK[host] ?? host, port, path: '/-/healthy', timeout: TIMEOUT_MS, agent: false };
    const request = get(options, (response) => {
      response.resume();
      if (response.statusCode === 200) resolve();
      else reject(new Error(`the answer is ${response.statusCode}`));
    });
    request.once('timeout', () => request.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)));
    request.once('error', reject);
  });
}
