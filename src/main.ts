#!/usr/bin/env node
/**
 * The only file that touches the process: arguments, environment, output and signals become a command's context.
 * It imports nothing that takes time to load: a signal that comes meanwhile must not be missed.
 */
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import type { Runtime, VersionInfo } from './cli/command.ts';
import { HEAP_FLAGS } from './cli/heap-flags.ts';

/** Longest time that a finished command may keep the process alive, e.g. by an idle connection. */
const LINGER_MS = 1000;
/** The oldest Node that has all that is used here; `engines` in package.json says the same, but only to npm. */
const OLDEST_NODE = 24;

const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

function loadVersion(): VersionInfo {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { readonly version: string };
  return { version, revision: process.env['DATAJOBS_REVISION'] ?? 'unknown', nodeVersion: process.versions.node };
}

/** Listens for signals from now on, before there is a command that handles them. */
function listenForSignals(): Pick<Runtime, 'stopSignal' | 'onReload'> {
  const stop = new AbortController();
  const stopBy = (signal: keyof typeof EXIT_CODES) => (): void => {
    // Asked a second time, there is no waiting.
    if (stop.signal.aborted) process.exit(EXIT_CODES[signal]);
    stop.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stopBy(signal));
  let isReloadAsked = false;
  let reload = (): void => {
    isReloadAsked = true;
  };
  process.on('SIGHUP', () => reload());
  return {
    stopSignal: stop.signal,
    onReload: (callback) => {
      reload = callback ?? stopBy('SIGHUP');
      if (isReloadAsked) reload();
      isReloadAsked = false;
    },
  };
}

function runsOnThisNode(): boolean {
  return Number.parseInt(process.versions.node, 10) >= OLDEST_NODE;
}

async function run(): Promise<number> {
  const signals = listenForSignals();
  for (const flag of HEAP_FLAGS) setFlagsFromString(flag);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A reader such as `head` has enough: nothing is wrong.
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  const { runProgram } = await import('./cli/run-program.ts');
  return runProgram(process.argv.slice(2), {
    env: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    ...signals,
    version: loadVersion(),
  });
}

if (runsOnThisNode()) {
  process.exitCode = await run();
  setTimeout(() => process.exit(), LINGER_MS).unref();
} else {
  const { node } = process.versions;
  process.stderr.write(
    `datajobs-exporter: needs Node ${OLDEST_NODE} or newer and this is ${node}; in a checkout, npx datajobs-exporter brings its own\n`,
  );
  process.exitCode = 1;
}
