import { Writable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { createLogger } from '../../../src/cli/logger.ts';
import type { OtlpConfig } from '../../../src/config/config.ts';
import type { Snapshot } from '../../../src/metrics/samples.ts';
import { type Clock, createClock } from '../../../src/model/clock.ts';
import { NO_PROXIES, type Proxies } from '../../../src/model/proxies.ts';
import { seconds } from '../../../src/model/time.ts';
import { loadOtlpSettings } from '../../../src/otlp/settings.ts';
import { type OtlpPush, startOtlp } from '../../../src/otlp/start-otlp.ts';
import { otlpConfig } from './otlp-config.ts';

interface PushSnapshotsOptions {
  readonly config?: Partial<OtlpConfig>;
  readonly env?: Readonly<Record<string, string>>;
  readonly proxies?: Proxies;
  readonly clock?: Clock;
  readonly level?: 'info' | 'debug';
}

/** A push of snapshots that a test sets by hand. */
export interface PushedSnapshots extends OtlpPush {
  show(snapshot: Snapshot): void;
  /** Generations that a receiver acknowledged, in order. */
  readonly acknowledged: readonly number[];
  /** Lines that a user sees, without `ts=`. */
  logLines(): readonly string[];
  /** Counts by outcome, as `/metrics` has them. */
  exports(): Readonly<Record<string, number>>;
}

/** Starts pushing one snapshot after another; only a test's `flush` pushes before a minute is over. Stops with the test. */
export async function pushSnapshots(first: Snapshot, options: PushSnapshotsOptions = {}): Promise<PushedSnapshots> {
  const { config, env = {}, proxies = NO_PROXIES, clock = createClock(), level = 'info' } = options;
  const settings = loadOtlpSettings({ otlp: otlpConfig(config), proxies }, env, () => {});
  if (settings === null) throw new Error('nothing is pushed with these settings');
  let snapshot = first;
  let log = '';
  const acknowledged: number[] = [];
  const output = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      log += chunk.toString();
      done();
    },
  });
  const push = await startOtlp({
    settings,
    source: { current: () => snapshot, pushed: ({ generation }) => void acknowledged.push(generation) },
    clock,
    logger: createLogger({ level, format: 'logfmt', output, clock }),
    service: { version: '1.2.3', instanceId: 'instance-1' },
    changed: () => {},
  });
  onTestFinished(() => push.stop(seconds(0)));
  return {
    ...push,
    acknowledged,
    show: (next) => {
      snapshot = next;
    },
    logLines: () => log.split('\n').flatMap((line) => (line === '' ? [] : [line.replace(/^ts=\S+ /, '')])),
    exports: () => Object.fromEntries(push.status().exports),
  };
}
