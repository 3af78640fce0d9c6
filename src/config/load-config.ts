/** From the text of the configuration file to a checked `Config`, with every problem named at once. */
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { seconds } from '../model/time.ts';
import { checkNames, checkPollTiming, checkUrls, type PollTiming } from './check-rules.ts';
import { checkShape } from './check-shape.ts';
import { type Config, ConfigError, type TargetConfig } from './config.ts';
import { ConfigFile, targetKeys, type VendorSettings } from './config-file.ts';
import { configSchema, targetSchema } from './config-schema.ts';
import { createFiles, type Files } from './files.ts';
import { type JsonSchema, toJsonSchema } from './json-schema.ts';
import type { PathProblem } from './path-problem.ts';
import { isRaw, type Raw } from './raw.ts';
import { readProxies } from './read-proxies.ts';
import { readSecrets } from './read-secrets.ts';
import { type FileHints, readYaml, readYamlFile, type YamlSource } from './read-yaml.ts';
import { checkOtlpFiles, toOtlp } from './to-otlp.ts';

/** The vendors, variables and files that a configuration is read with. */
export interface LoadOptions {
  readonly vendors: readonly VendorSettings[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The file system unless given. */
  readonly files?: Files;
}

const HINTS: FileHints = {
  unreadable: 'name the configuration file with --config.file',
  expected: 'targets: and a list',
};

/**
 * Reads the configuration file.
 *
 * @throws ConfigError with every problem; nothing else.
 */
export function loadConfig(file: string, options: LoadOptions): Config {
  const files = options.files ?? createFiles();
  return toConfig(readYamlFile(file, HINTS, files), file, { ...options, files });
}

/**
 * Checks a configuration and fills in defaults.
 *
 * @param file as it is shown in problems; its folder is where relative paths start.
 * @throws ConfigError with every problem; nothing else.
 */
export function parseConfig(text: string, file: string, options: Readonly<Required<LoadOptions>>): Config {
  return toConfig(readYaml(text, file, HINTS), file, options);
}

function toConfig(yaml: YamlSource, file: string, options: Readonly<Required<LoadOptions>>): Config {
  const folder = dirname(resolve(file));
  const plain = isRaw(yaml.value) ? yaml.value : {};
  const rawTargets: readonly unknown[] = Array.isArray(plain['targets']) ? plain['targets'] : [];

  const top = checkShape(ConfigFile, yaml.value, [], () => configSchema(options.vendors));
  const { timing, problems: timingProblems } = checkPollTiming(plain, []);
  const context = { ...options, folder, timing };
  const targets = rawTargets.flatMap((raw, index) => (isRaw(raw) ? [parseTarget(raw, index, context)] : []));
  const problems = [
    ...yaml.problems,
    ...top.problems,
    ...timingProblems,
    ...checkOtlpFiles(plain['otlp'], folder, options.files),
    ...checkNames(rawTargets),
    ...targets.flatMap((target) => target.problems),
  ];
  const { proxies, problems: proxyProblems } = readProxies(options.env);
  if (top.value === null || problems.length > 0 || proxyProblems.length > 0)
    throw new ConfigError([...yaml.locate(problems), ...proxyProblems]);
  return {
    targets: targets.flatMap(({ target }) => target ?? []),
    durationBuckets: top.value.duration_buckets,
    holdWindow: top.value.counters.hold_window,
    ledgerUrl: top.value.ledger.url,
    created: top.value.openmetrics.created,
    otlp: toOtlp(top.value.otlp, folder),
    proxies,
  };
}

/** The options, and what the file's own keys decide for its targets. */
interface TargetContext extends Required<LoadOptions> {
  readonly folder: string;
  /** The file's own, which targets inherit. */
  readonly timing: PollTiming;
}

interface ParsedTarget {
  readonly target: TargetConfig | null;
  readonly problems: readonly PathProblem[];
}

function parseTarget(raw: Raw, index: number, context: TargetContext): ParsedTarget {
  const { vendors } = context;
  const path = ['targets', index];
  const vendor = vendors.find(({ id }) => id === raw['vendor']);
  const candidates = vendor === undefined ? vendors : [vendor];
  const ownSchema = { anyOf: candidates.map(({ settings }) => toJsonSchema(settings)) };
  const secrets = readSecrets(raw, ownSchema, path, context);
  const value = secrets.value as Raw;
  const keys = targetKeys(vendors);
  const [common, own] = partition(value, (key) => Object.hasOwn(keys.shape, key));

  const schema = (): JsonSchema => ({ anyOf: candidates.map(targetSchema) });
  const shared = checkShape(keys, common, path, schema);
  const settings = checkShape(vendor?.settings.strict() ?? anyVendor(vendors), own, path, schema);
  const { timing, problems: timingProblems } = checkPollTiming(raw, path, context.timing);
  const shapeProblems = [...shared.problems, ...settings.problems].map((problem) =>
    asWritten(problem, value, secrets.written),
  );
  const problems = [...secrets.problems, ...shapeProblems, ...timingProblems, ...checkUrls(raw, ownSchema, path)];
  if (shared.value === null || settings.value === null) return { target: null, problems };
  const { value: target } = shared;
  return {
    problems,
    target: {
      name: target.name,
      id: target.id ?? target.name,
      previousNames: target.previous_names,
      reset: target.reset,
      vendor: target.vendor,
      pollInterval: timing.interval,
      idlePollInterval: seconds(Math.max(timing.idle ?? timing.interval, timing.interval)),
      pollTimeout: timing.timeout,
      expect: target.expect,
      jobs: target.jobs,
      maxJobs: target.max_jobs,
      maxSeries: target.max_series,
      maxSteps: target.max_steps,
      labels: target.labels,
      stateMap: target.state_map,
      jobRetention: target.job_retention,
      lostRunRetention: target.lost_run_retention,
      // Every vendor's shape has base_url: the contract test of the vendors sees to it.
      settings: settings.value as TargetConfig['settings'],
    },
  };
}

/** Accepts any key that some vendor has, whatever its value: the shape of a target whose vendor is not known. */
function anyVendor(vendors: readonly VendorSettings[]): z.ZodObject {
  const keys = vendors.flatMap(({ settings }) => Object.keys(settings.shape));
  return z.strictObject(Object.fromEntries(keys.map((key) => [key, z.unknown().optional()])));
}

/** Gives a secret the key that it was written with (`token_file`), so that its problem stands on its line. */
function asWritten(
  problem: PathProblem,
  target: Raw,
  written: ReadonlyMap<object, ReadonlyMap<string, string>>,
): PathProblem {
  const [, , ...inner] = problem.path;
  const parent = inner.slice(0, -1).reduce<unknown>((value, step) => (value as Raw | undefined)?.[step], target);
  const last = String(inner.at(-1));
  const key = typeof parent === 'object' && parent !== null ? written.get(parent)?.get(last) : undefined;
  return key === undefined ? problem : { ...problem, path: [...problem.path.slice(0, -1), key] };
}

function partition(raw: Raw, isFirst: (key: string) => boolean): readonly [Raw, Raw] {
  const entries = Object.entries(raw);
  return [
    Object.fromEntries(entries.filter(([key]) => isFirst(key))),
    Object.fromEntries(entries.filter(([key]) => !isFirst(key))),
  ];
}
