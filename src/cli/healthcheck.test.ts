import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { removeAddresses, writeAddresses } from './address-file.ts';
import { runProgram } from './run-program.ts';

let folder = '';
let env: Record<string, string> = {};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'datajobs-'));
  env = { DATAJOBS_ADDRESS_FILE: join(folder, 'address') };
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Listens on an address of this machine; the port that it got. */
async function listen(host: string, answer: RequestListener): Promise<number> {
  const server = createServer(answer).listen({ port: 0, host });
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function check(variables = env): Promise<{ readonly code: number; readonly err: string }> {
  const err: string[] = [];
  const code = await runProgram(['healthcheck'], {
    env: variables,
    stdout: { write: () => undefined },
    stderr: { write: (text) => err.push(text) },
    stopSignal: new AbortController().signal,
    onReload: () => undefined,
    version: { version: '1.2.3', revision: 'abc', nodeVersion: '24.0.0' },
  });
  return { code, err: err.join('') };
}

const healthy: RequestListener = ({ url }, response) => void response.writeHead(url === '/-/healthy' ? 200 : 404).end();

describe('the health check', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['::1', '::1'],
    ['::', '::'],
    ['every address', null],
    ['localhost', 'localhost'],
  ])('asks the exporter where it listens: %s', async (_where, host) => {
    const port = await listen(host ?? '0.0.0.0', healthy);
    writeAddresses(env, [{ host, port }]);

    expect(await check()).toEqual({ code: 0, err: '' });
  });

  it('is good where the exporter has no HTTP', async () => {
    writeAddresses(env, []);

    expect(await check()).toEqual({ code: 0, err: '' });
  });

  it('is bad when the answer is', async () => {
    const port = await listen('127.0.0.1', (_request, response) => void response.writeHead(500).end());
    writeAddresses(env, [{ host: '127.0.0.1', port }]);

    expect(await check()).toEqual({ code: 1, err: 'datajobs-exporter: not healthy: the answer is 500\n' });
  });

  it('is bad in one line when nobody listens, or nobody said where', async () => {
    const none = await check();
    writeAddresses(env, [{ host: '127.0.0.1', port: 1 }]);
    const refused = await check();
    writeFileSync(env['DATAJOBS_ADDRESS_FILE']!, 'nonsense');
    const nonsense = await check();
    const unset = await check({});

    expect([none, refused, nonsense, unset].map(({ code }) => code)).toEqual([1, 1, 1, 1]);
    expect(none.err).toBe(
      `datajobs-exporter: not healthy: no exporter has written to ${join(folder, 'address')} where it listens\n`,
    );
    expect(refused.err).toMatch(/^datajobs-exporter: not healthy: connect ECONNREFUSED .*\n$/);
  });

  it('finds nothing once the exporter has ended', () => {
    writeAddresses(env, []);

    removeAddresses(env);

    expect(existsSync(env['DATAJOBS_ADDRESS_FILE']!)).toBe(false);
  });
});
