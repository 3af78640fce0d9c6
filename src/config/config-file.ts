/** The file's own zod schema: everything but the keys that each vendor adds to its targets. */
import { z } from 'zod';
import { RESULTS, STATES } from '../model/run.ts';
import { duration, httpUrl, inlineSecret } from './settings.ts';

/** The part of a vendor that the configuration needs to know; the vendors themselves are passed in, never imported. */
export interface VendorSettings {
  readonly id: string;
  /** The vendor's own keys of a target, checks between them included. */
  readonly settings: z.ZodObject;
}

const text = z.string().min(1);
const glob = text.describe('A glob: * is any text, ? one character');
const texts = z.record(z.string(), z.string());

/** @see spec section 3: default buckets of run durations */
const DURATION_BUCKETS = ['10s', '30s', '1m', '2m', '5m', '10m', '30m', '1h', '2h', '6h', '12h', '24h'];

/** A name that Prometheus accepts for a label, less those that `datajobs_target_info` has already. */
const labelName = z.string().regex(/^(?!__)(?!(?:vendor|target|le|quantile)$)[a-zA-Z_][a-zA-Z0-9_]*$/, {
  error: 'is not usable as a label; expected letters, digits and _, and neither vendor nor target',
});

const Expectation = z.strictObject({
  job: glob.describe('Glob on the job name'),
  workspace: glob.default('*').describe('Glob on the workspace'),
  every: duration.describe('How often the job is expected to succeed'),
  grace: duration.prefault('0s').describe('How late it may be'),
});

const Jobs = z.strictObject({
  include: z.array(glob).default(['*']).describe('Globs on the job name; one of them must match'),
  exclude: z.array(glob).default([]).describe('Globs on the job name; none of them may match'),
});

/** The keys that every target has, whatever its vendor. @see spec section 4; limits and retentions: section 2, 3 */
export function targetKeys(vendors: readonly VendorSettings[]) {
  return z.strictObject({
    name: text.describe('Names the target in labels, pages and logs; unique'),
    vendor: z.enum(vendors.map(({ id }) => id)),
    id: text.optional().describe('What the ledger knows the target by; its name unless given'),
    previous_names: z.array(text).default([]).describe('Names or ids it had before; its totals move along'),
    reset: z.boolean().default(false).describe('Start anew where the ledger knows another account under this id'),
    poll_interval: duration.optional(),
    idle_poll_interval: duration
      .optional()
      .describe('While no run is live and none is due; poll_interval unless given'),
    poll_timeout: duration.optional(),
    expect: z.array(Expectation).default([]).describe('Jobs that are expected to succeed again and again'),
    jobs: Jobs.prefault({}).describe('Which jobs are shown'),
    max_jobs: z.int().min(1).default(1000).describe('Jobs beyond it are shown as (other)'),
    max_series: z.int().min(1).default(50_000),
    max_steps: z.int().min(1).default(50).describe('Step names per job; others are shown as (other)'),
    labels: z.record(labelName, z.string()).default({}).describe('Labels of datajobs_target_info only'),
    state_map: z
      .record(z.string(), z.enum([...new Set([...STATES, ...RESULTS])]))
      .default({})
      .describe("What a vendor's state means, where it is not a documented one"),
    allow_insecure: z.boolean().default(false).describe('Allow plain http:// beyond loopback'),
    job_retention: duration.prefault('35d').describe('How long a job without runs is shown'),
    lost_run_retention: duration.prefault('1h').describe('How long a run that the vendor forgot is shown as unknown'),
  });
}

/** @see spec section 4; the defaults of what is not given are those of OpenTelemetry */
export const Otlp = z.strictObject({
  enabled: z.boolean().default(false),
  endpoint: httpUrl.optional().describe("The receiver's base URL"),
  protocol: z.enum(['http/protobuf', 'http/json', 'grpc']).optional(),
  headers: z.record(z.string(), inlineSecret).prefault({}),
  interval: duration.optional(),
  timeout: duration.optional(),
  compression: z.enum(['gzip', 'none']).optional(),
  temporality: z.enum(['cumulative', 'delta', 'lowmemory']).optional(),
  certificate_file: text.optional().describe('Certificates to trust, PEM'),
  client_certificate_file: text.optional(),
  client_key_file: text.optional(),
  resource_attributes: texts.default({}),
  cicd_conventions: z.boolean().default(false).describe('Also send the cicd.* metrics of the semantic conventions'),
});

const ledgerUrl = text.superRefine((url, context) => {
  if (/^sqlite:.+/.test(url)) return;
  const message = /^postgres(?:ql)?:/.test(url)
    ? 'a ledger in PostgreSQL is not supported yet; use sqlite:FILE'
    : 'expected sqlite:FILE, such as sqlite:datajobs.db';
  context.addIssue({ code: 'custom', message });
});

/** The whole file; each target is checked by itself, with the keys of its vendor. */
export const ConfigFile = z.strictObject({
  poll_interval: duration.prefault('60s').describe('Default of the targets'),
  idle_poll_interval: duration.optional().describe('Default of the targets'),
  poll_timeout: duration.optional().describe('Default of the targets: 45s, or the interval where that is shorter'),
  duration_buckets: z
    .array(duration)
    .min(1)
    .prefault(DURATION_BUCKETS)
    .refine((bounds) => bounds.every((bound, index) => bound > (bounds[index - 1] ?? 0)), {
      error: 'expected rising durations above zero, each once',
    })
    .describe('Upper bounds of the histograms of durations'),
  counters: z
    .strictObject({
      hold_window: duration.prefault('2m').describe('How long new counters are shown at their last published total'),
    })
    .prefault({}),
  ledger: z.strictObject({ url: ledgerUrl.default('sqlite:datajobs.db') }).prefault({}),
  openmetrics: z
    .strictObject({
      created: z.boolean().default(false).describe('Add _created samples without being asked by ?created=1'),
    })
    .prefault({}),
  otlp: Otlp.prefault({}),
  targets: z.array(z.record(z.string(), z.unknown())).min(1, { error: 'expected at least one target' }),
});
