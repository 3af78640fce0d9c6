import { describe, expect, it } from 'vitest';
import { Secret } from '../config/secret.ts';
import { type Clock } from '../model/clock.ts';
import { seconds, unixSeconds } from '../model/time.ts';
import type { LogFormat, LogLevel } from './flags.ts';
import { createLogger } from './logger.ts';

const NOON: Clock = {
  now: () => unixSeconds(1_795_348_800.25),
  monotonic: () => seconds(0),
  sleep: () => Promise.resolve(),
};

function capture(format: LogFormat, level: LogLevel = 'info') {
  const lines: string[] = [];
  const logger = createLogger({ level, format, output: { write: (text) => lines.push(text) }, clock: NOON });
  return { lines, logger };
}

describe('the logger', () => {
  it('writes logfmt: time, level and message first', () => {
    const { lines, logger } = capture('logfmt');

    logger.info({ target: 'acme', runs: 3 }, 'target polled');

    expect(lines).toEqual(['ts=2026-11-22T12:00:00.250Z level=info msg="target polled" target=acme runs=3\n']);
  });

  it('writes JSON, a line each', () => {
    const { lines, logger } = capture('json');

    logger.child({ target: 'acme' }).warn({ runs: 3 }, 'target polled');

    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { ts: '2026-11-22T12:00:00.250Z', level: 'warn', msg: 'target polled', target: 'acme', runs: 3 },
    ]);
    expect(lines[0]).toMatch(/\n$/);
  });

  it('leaves out what is less severe than its level', () => {
    const { lines, logger } = capture('logfmt', 'warn');

    logger.info('quiet');
    logger.error('loud');

    expect(lines).toEqual(['ts=2026-11-22T12:00:00.250Z level=error msg=loud\n']);
  });

  it('shows an error by its message and those of its causes', () => {
    const { lines, logger } = capture('logfmt');
    const error = new Error('cannot poll', { cause: new Error('connection refused') });

    logger.error({ error }, 'poll failed');

    expect(lines[0]).toMatch(/ error="cannot poll: connection refused"\n$/);
  });

  it('shows the stack of an error at level debug', () => {
    const { lines, logger } = capture('logfmt', 'debug');

    logger.error({ error: new Error('cannot poll') }, 'poll failed');

    expect(lines[0]).toContain(String.raw`error="Error: cannot poll\n    at `);
  });

  it.each(['logfmt', 'json'] as const)('never shows a secret in %s', (format) => {
    const { lines, logger } = capture(format);

    logger.info({ auth: { token: new Secret(() => 's3cret') } }, 'configured');

    expect(lines[0]).toContain('[redacted]');
    expect(lines[0]).not.toContain('s3cret');
  });
});
