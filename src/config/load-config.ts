/** From the text of the configuration file to a checked `Config`, with every problem named at once. */
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { checkNames, checkPace, checkUrls, isRaw, type Pace, type Raw } from './check-rules.ts';
import { checkShape, dropEchoes } from './check-shape.ts';
import { type Config, ConfigError, type TargetConfig } from './config.ts';
import { ConfigFile, targetKeys, type VendorSettings } from './config-file.ts';
import type { Fault } from './fault.ts';
import { seconds } from '../model/time.ts';
import { createFiles, EncodingError, type Files, fileTrouble } from './files.ts';
import { configSchema } from './json-schema.ts';
import { schemasAt } from './known-keys.ts';
import { readProxies } from './read-proxies.ts';
import { readSecrets } from './read-secrets.ts';
import { readYaml } from './read-yaml.ts';
import { checkOtlpFiles, toOtlp } from './to-otlp.ts';

/** What a configuration is read with. */
export interface LoadOptions {
  readonly vendors: readonly VendorSettings[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The file system unless given. */
  readonly files?: Files;
}

/**
 * Reads the configuration file.
 *
 * @throws ConfigError with every problem; nothing else.
 */
export function loadConfig(file: string, options: LoadOptions): Config {
  const files = options.files ?? createFiles();
  let text: string;
  try {
    text = files.read(file);
  } catch (error) {
    const message =
      error instanceof EncodingError
        ? `cannot be read: ${error.message}`
        : `cannot be read (${fileTrouble(error)}); name the configuration file with --config.file`;
    throw new ConfigError([{ place: file, message }]);
  }
  return parseConfig(text, file, { ...options, files });
}

/**
 * Checks a configuration and fills in defaults.
 *
 * @param file as it is shown in problems; its folder is where relative paths start.
 * @throws ConfigError with every problem; nothing else.
 */
export function parseConfig(text: string, file: string, options: LoadOptions & { readonly files: Files }): Config {
  const yaml = readYaml(text, file);
  if (yaml.value === null)
    throw new ConfigError([{ place: `${file}:1:1`, message: 'the file is empty; expected targets: and a list' }]);
  const folder = dirname(resolve(file));
  const plain = isRaw(yaml.value) ? yaml.value : {};
  const rawTargets: readonly unknown[] = Array.isArray(plain['targets']) ? plain['targets'] : [];
  const schema = (): ReturnType<typeof configSchema> => configSchema(options.vendors);

  const top = checkShape(ConfigFile, yaml.value, [], schema);
  const { pace, faults: paceFaults } = checkPace(plain, []);
  const targets = rawTargets.map((raw, index) =>
    isRaw(raw) ? parseTarget(raw, index, pace, folder, options) : { target: null, faults: [] },
  );
  const faults = [
    ...yaml.faults,
    ...top.faults,
    ...paceFaults,
    ...checkOtlpFiles(plain['otlp'], folder, options.files),
    ...checkNames(rawTargets),
    ...targets.flatMap((target) => target.faults),
  ];
  const { proxies, problems } = readProxies(options.env);
  if (top.value === null || faults.length > 0 || problems.length > 0)
    throw new ConfigError([...inOrder(dropEchoes(faults).map((fault) => yaml.toProblem(fault))), ...problems]);
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

interface ParsedTarget {
  readonly target: TargetConfig | null;
  readonly faults: readonly Fault[];
}

function parseTarget(
  raw: Raw,
  index: number,
  inherited: Pace,
  folder: string,
  options: LoadOptions & { readonly files: Files },
): ParsedTarget {
  const path = ['targets', index];
  const secrets = readSecrets(raw, path, { env: options.env, files: options.files, folder });
  const value = secrets.value as Raw;
  const keys = targetKeys(options.vendors);
  const [common, own] = partition(value, (key) => Object.hasOwn(keys.shape, key));
  const vendor = options.vendors.find(({ id }) => id === raw['vendor']);
  const schema = () => ({
    anyOf: schemasAt(configSchema(vendor === undefined ? options.vendors : [vendor]), ['targets', 0]),
  });

  const shared = checkShape(keys, common, path, schema);
  const settings = checkShape(vendor?.settings.strict() ?? anyVendor(options.vendors), own, path, schema);
  const { pace, faults: paceFaults } = checkPace(raw, path, inherited);
  const shapeFaults = [...shared.faults, ...settings.faults].map((fault) => asWritten(fault, value, secrets.written));
  const faults = [...secrets.faults, ...shapeFaults, ...paceFaults, ...checkUrls(raw, path)];
  if (shared.value === null || settings.value === null) return { target: null, faults };
  const { value: target } = shared;
  return {
    faults,
    target: {
      name: target.name,
      id: target.id ?? target.name,
      previousNames: target.previous_names,
      reset: target.reset,
      vendor: target.vendor,
      pollInterval: pace.interval,
      idlePollInterval: seconds(Math.max(pace.idle ?? pace.interval, pace.interval)),
      pollTimeout: pace.timeout,
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

/** Where the vendor is not known: any key that some vendor has, whatever its value. */
function anyVendor(vendors: readonly VendorSettings[]): z.ZodObject {
  const keys = vendors.flatMap(({ settings }) => Object.keys(settings.shape));
  return z.strictObject(Object.fromEntries(keys.map((key) => [key, z.unknown().optional()])));
}

/** Gives a secret the key that it was written with (`token_file`), so that its problem stands on its line. */
function asWritten(fault: Fault, target: Raw, written: ReadonlyMap<object, ReadonlyMap<string, string>>): Fault {
  const [, , ...inner] = fault.path;
  const parent = inner.slice(0, -1).reduce<unknown>((value, step) => (value as Raw | undefined)?.[step], target);
  const last = String(inner.at(-1));
  const key = typeof parent === 'object' && parent !== null ? written.get(parent)?.get(last) : undefined;
  return key === undefined ? fault : { ...fault, path: [...fault.path.slice(0, -1), key] };
}

function partition(raw: Raw, isFirst: (key: string) => boolean): readonly [Raw, Raw] {
  const entries = Object.entries(raw);
  return [
    Object.fromEntries(entries.filter(([key]) => isFirst(key))),
    Object.fromEntries(entries.filter(([key]) => !isFirst(key))),
  ];
}

/** By line and column, as one reads the file. */
export function inOrder<Problem extends { readonly place: string }>(problems: readonly Problem[]): readonly Problem[] {
  const position = ({ place }: Problem): readonly number[] => place.split(':').slice(-2).map(Number);
  return problems.toSorted((a, b) => {
    const [lineA = 0, columnA = 0] = position(a);
    const [lineB = 0, columnB = 0] = position(b);
    return lineA - lineB || columnA - columnB;
  });
}
