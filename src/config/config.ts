/** The configuration as the rest of the product sees it: checked, defaults filled in, secrets wrapped. */
import type { Meaning } from '../model/run.ts';
import type { Proxies } from '../model/proxies.ts';
import type { Seconds } from '../model/time.ts';
import type { Secret } from './secret.ts';

/** A job that is expected to succeed again and again. */
export interface Expectation {
  /** Globs on the job's name and workspace. */
  readonly job: string;
  readonly workspace: string;
  readonly every: Seconds;
  readonly grace: Seconds;
}

export interface TargetConfig {
  readonly name: string;
  /** The name that the ledger knows the target by; `name` unless given. */
  readonly id: string;
  /** Ids it had before; the ledger's state moves from the first one found. */
  readonly previousNames: readonly string[];
  /** True if a ledger that knows another account under this id may be cleared for it. */
  readonly reset: boolean;
  readonly vendor: string;
  readonly pollInterval: Seconds;
  /** While nothing runs and nothing is due; at least `pollInterval`. */
  readonly idlePollInterval: Seconds;
  /** Bounds one slice. */
  readonly pollTimeout: Seconds;
  readonly expect: readonly Expectation[];
  /** Globs on the job's name. A job is shown if one of `include` matches and none of `exclude`. */
  readonly jobs: { readonly include: readonly string[]; readonly exclude: readonly string[] };
  readonly maxJobs: number;
  readonly maxSeries: number;
  /** Step names a job shows by themselves. */
  readonly maxSteps: number;
  /** On `datajobs_target_info` only. */
  readonly labels: Readonly<Record<string, string>>;
  readonly stateMap: Readonly<Record<string, Meaning>>;
  readonly jobRetention: Seconds;
  readonly lostRunRetention: Seconds;
  /** The vendor's own settings, as its shape parsed them. */
  readonly settings: Readonly<Record<string, unknown>> & { readonly base_url: URL };
}

/** The file's `otlp:` section; each key has an `OTEL_*` variable that wins over it. */
export interface OtlpConfig {
  readonly enabled: boolean;
  readonly endpoint: string | null;
  readonly protocol: 'http/protobuf' | 'http/json' | 'grpc' | null;
  /** Secrets, since a token is what a header is mostly for. */
  readonly headers: Readonly<Record<string, Secret>>;
  readonly interval: Seconds | null;
  readonly timeout: Seconds | null;
  readonly compression: 'gzip' | 'none' | null;
  readonly temporality: 'cumulative' | 'delta' | 'lowmemory' | null;
  readonly certificateFile: string | null;
  readonly clientCertificateFile: string | null;
  readonly clientKeyFile: string | null;
  readonly resourceAttributes: Readonly<Record<string, string>>;
  readonly cicdConventions: boolean;
}

export interface Config {
  readonly targets: readonly TargetConfig[];
  /** Upper bounds in seconds, rising. */
  readonly durationBuckets: readonly number[];
  readonly holdWindow: Seconds;
  /** `sqlite:FILE`, relative to the storage path. */
  readonly ledgerUrl: string;
  /** True if OpenMetrics carries `_created` without being asked by `?created=1`. */
  readonly created: boolean;
  readonly otlp: OtlpConfig;
  /** From the environment, not the file. */
  readonly proxies: Proxies;
}

/** One problem of the configuration, in the user's words. */
export interface ConfigProblem {
  /** File, line and column, `datajobs.yml:12:5`; a file or a variable alone where the problem is not of one line. */
  readonly place: string;
  /** The problem and its remedy: `targets[0].poll_intervall: unknown key; did you mean poll_interval?` */
  readonly message: string;
}

/** The configuration cannot be used; names every problem, not only the first. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(({ place, message }) => `${place}: ${message}`).join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}
