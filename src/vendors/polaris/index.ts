import { z } from 'zod';
import { httpUrl, secret } from '../../config/settings.ts';
import { createHttpClient } from '../../http/create-http-client.ts';
import { createStaticCredentials } from '../../http/credentials/static-credentials.ts';
import { VendorError } from '../../http/errors.ts';
import { DAY, seconds } from '../../model/time.ts';
import { parseAnswer } from '../parse-answer.ts';
import { readRecord, readRecords, type ToRun } from '../read-records.ts';
import type { Capabilities, ConnectOptions, Scope, Vendor, VendorClient } from '../vendor.ts';
import { PolarisJob, PolarisJobList, PolarisJobMetrics } from './schema.ts';
import { toRows, toRun } from './to-runs.ts';

const name = z.string().min(1);

/** The vendor's own keys of a target. */
const PolarisSettings = z.strictObject({
  /** The regional host, `https://ORG.REGION.CLOUD.api.imply.io`; every organization has its own. */
  base_url: httpUrl,
  project_id: name,
  /** Only jobs of these types are listed, each type as a scope of its own; all types where empty. */
  types: z
    .array(name)
    .default([])
    .refine((types) => new Set(types).size === types.length, { error: 'lists a type twice' }),
  auth: z.strictObject({
    api_key: secret,
    /** `raw`: `Basic KEY`, as the vendor writes it now. `base64`: base64 of `KEY:`, as it wrote it before. */
    encoding: z.enum(['raw', 'base64']).default('raw'),
  }),
});
type PolarisSettings = z.output<typeof PolarisSettings>;

/** A job that is deleted, at its retention's end or by a person. */
const GONE = [404, 410];

/**
 * The whole list comes in one answer, so nothing is asked for twice and a finished run that is missing was deleted.
 * The reach is our choice; the vendor keeps at least 90 days (see the README).
 */
const capabilities: Capabilities = {
  states: ['pending', 'executing', 'idle', 'paused', 'unknown'],
  results: ['success', 'failure', 'cancellation'],
  overlap: seconds(0),
  wideOverlap: seconds(0),
  lead: seconds(0),
  reach: seconds(90 * DAY),
  reachIs: 'chosen',
  windowed: false,
  finishedDetails: ['rows'],
  liveDetails: ['rows'],
  lateDurations: false,
  queueTimes: true,
  exitCodes: false,
  progress: false,
  health: true,
  acknowledgement: false,
};

/** Imply Polaris: the ingestion and maintenance jobs of one project. What its API is like stands in the folder's README. */
export const polaris: Vendor<typeof PolarisSettings.shape> = {
  id: 'polaris',
  title: 'Imply Polaris',
  capabilities,
  settings: PolarisSettings,
  operations: ['list_jobs', 'job', 'job_metrics'],
  account: (settings) => settings.project_id.toLowerCase(),
  connect,
};

/** A scope, and the filter that its list is asked for with. */
interface ListedScope extends Scope {
  readonly query: Readonly<Record<string, string>>;
}

function connect({ settings, stateMap, clock, http }: ConnectOptions<PolarisSettings>): VendorClient {
  const { base_url: baseUrl, project_id: projectId, auth } = settings;
  const client = createHttpClient({
    ...http,
    baseUrl,
    credentials: createStaticCredentials({ scheme: 'Basic', secret: auth.api_key, encoding: auth.encoding, http }),
  });
  const scopes = new Map(toScopes(settings).map((scope) => [scope.key, scope]));
  const jobs = `v1/projects/${encodeURIComponent(projectId)}/jobs`;

  /** The body of a path below `jobs/`; `gone` where nothing is there any more. */
  async function fetchOfJob(operation: 'job' | 'job_metrics', path: string, signal: AbortSignal): Promise<unknown> {
    const { status, body } = await client.request({ operation, path: `${jobs}/${path}`, accept: GONE, signal });
    return GONE.includes(status) ? 'gone' : body;
  }

  const toRunOfProject: ToRun<PolarisJob> = (wire, fields) => toRun(wire, fields, projectId, stateMap);

  return {
    scopes: [...scopes.values()],
    slices: (_scope, window) => [{ ...window, part: null }],
    // The answer is never cut, and there is nothing to divide it by.
    split: () => [],

    async poll({ scope: { key }, signal }) {
      const scope = scopes.get(key);
      if (scope === undefined) throw new VendorError(`polaris: no scope ${key} is configured`, { reason: 'internal' });
      const { body, date } = await client.request({ operation: 'list_jobs', path: jobs, query: scope.query, signal });
      const records = parseAnswer(PolarisJobList, body, "Polaris' list of jobs").values ?? [];
      const read = readRecords(records, PolarisJob, toRunOfProject, clock.now());
      return { ...read, truncated: false, vendorTime: date };
    },

    async run(_scope, { id }, signal) {
      const body = await fetchOfJob('job', encodeURIComponent(id), signal);
      return body === 'gone' ? 'gone' : readRecord(body, PolarisJob, toRunOfProject, clock.now(), "Polaris' job");
    },

    async details(_scope, id, detail, signal) {
      if (detail !== 'rows') return { steps: null, rows: null };
      const body = await fetchOfJob('job_metrics', `${encodeURIComponent(id)}/metrics`, signal);
      if (body === 'gone') return 'gone';
      return { steps: null, rows: toRows(parseAnswer(PolarisJobMetrics, body, "Polaris' metrics of a job")) };
    },
  };
}

/** One scope a type, so that a type that is added has its own baseline. */
function toScopes({ project_id: projectId, types }: PolarisSettings): readonly ListedScope[] {
  if (types.length === 0) return [{ key: `project:${projectId}`, query: {} }];
  return types.map((type) => ({ key: `project:${projectId}/type:${type}`, query: { type } }));
}
