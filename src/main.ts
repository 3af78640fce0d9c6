#!/usr/bin/env node
/** The only file that touches the process: arguments, environment, output and signals become a command's context. */
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import type { VersionInfo } from './cli/command.ts';
import { HEAP_FLAGS } from './cli/heap-flags.ts';
import { runProgram } from './cli/run-program.ts';

/** How long a command that has ended may still hold the process, e.g. by an idle connection. */
const LINGER_MS = 1000;

function loadVersion(): VersionInfo {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { readonly version: string };
  return { version, revision: process.env['DATAJOBS_REVISION'] ?? 'unknown', nodeVersion: process.versions.node };
}

function createStopSignal(): AbortSignal {
  const stop = new AbortController();
  const codes = { SIGINT: 130, SIGTERM: 143 } as const;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // Asked a second time, there is no waiting.
      if (stop.signal.aborted) process.exit(codes[signal]);
      stop.abort();
    });
  }
  return stop.signal;
}

for (const flag of HEAP_FLAGS) setFlagsFromString(flag);

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader such as `head` has enough: nothing is wrong.
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await runProgram(process.argv.slice(2), {
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  stopSignal: createStopSignal(),
  onReload: (callback) => void process.on('SIGHUP', callback),
  version: loadVersion(),
});
setTimeout(() => process.exit(), LINGER_MS).unref();
