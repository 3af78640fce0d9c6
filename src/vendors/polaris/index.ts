import { z } from 'zod';
import { httpUrl, secret } from '../../config/settings.ts';
import { createHttpClient } from '../../http/create-http-client.ts';
import { createStaticCredentials } from '../../http/credentials/static-credentials.ts';
import { VendorError } from '../../http/errors.ts';
import type { UnreadableField } from '../../model/run.ts';
import { DAY, HOUR, seconds, type UnixSeconds } from '../../model/time.ts';
import { parseAnswer } from '../parse-answer.ts';
import { createFieldReader, fieldOf } from '../read-fields.ts';
import { readRecord, readRecords, type ToRun } from '../read-records.ts';
import type { Capabilities, ConnectOptions, Rejected, Scope, Vendor, VendorClient } from '../vendor.ts';
import { type ListPage, readList } from './read-list.ts';
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

/** The largest page that the vendor gives. */
const PAGE_SIZE = 1000;

/** Newest created first: a creation never moves, while the vendor's own order changes whenever a person edits a job. */
const NEWEST_FIRST = { sortColumn: 'created_date_time', sortOrder: 'DESC' };

/** The statuses of jobs that have not ended. */
const LIVE_STATUSES = ['pending', 'running', 'idle', 'suspended', 'unknown'];

/**
 * Live runs that no list holds so far are left to be asked for by id up to this many, else the list is read on for them.
 * A page costs about as much; and with a scope for each of the six types, all are asked for in the same poll.
 */
const LEFT_TO_LOOK_UPS = 8;

/**
 * Overlaps are times of creation, for the list is read in that order. They need not reach back to where a run began that
 * ends now: it was live, and is found by that. The wide one finds what changed its mind. The reach is our choice; the
 * vendor keeps at least 90 days (see the README).
 */
const capabilities: Capabilities = {
  states: ['pending', 'executing', 'idle', 'paused', 'unknown'],
  results: ['success', 'failure', 'error', 'cancellation'],
  overlap: HOUR,
  wideOverlap: DAY,
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
  readonly query: Readonly<Record<string, string | readonly string[]>>;
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

  /** Keys of scopes whose whole list came newest created first: only of these, a part can tell where the rest begins. */
  const inOrder = new Set<string>();

  return {
    scopes: [...scopes.values()],
    slices: (_scope, window) => [{ ...window, part: null }],
    // The list cannot be asked for by time: what is cut stays cut.
    split: () => [],

    async poll({ scope: { key }, slice, readAll = false, live = new Set(), signal }) {
      const scope = scopes.get(key);
      if (scope === undefined) throw new VendorError(`polaris: no scope ${key} is configured`, { reason: 'internal' });
      let vendorTime: UnixSeconds | null = null;
      let isFirst = true;
      const pagesOf =
        (query: ListedScope['query']) =>
        async (offset: number): Promise<ListPage> => {
          const paging = { ...NEWEST_FIRST, paginationLimit: PAGE_SIZE, paginationOffset: offset };
          const request = { operation: 'list_jobs', path: jobs, query: { ...query, ...paging }, signal };
          const { body, date } = await client.request(request);
          if (isFirst) vendorTime = date;
          isFirst = false;
          const page = parseAnswer(PolarisJobList, body, "Polaris' list of jobs");
          const records = page.values ?? [];
          const isMore = typeof page.moreResultsAvailable === 'boolean' ? page.moreResultsAvailable : null;
          return { ...readRecords(records, PolarisJob, toRunOfProject, clock.now()), keys: records.map(keyOf), isMore };
        };
      // By their own filter live runs are found however long ago they were created.
      const alive = await readList(pagesOf({ ...scope.query, executionStatus: LIVE_STATUSES }), () => false);
      const listed = new Set(alive.runs.map(({ id }) => id));
      const missing = [...live].filter((id) => !listed.has(id));
      const list = await readList(pagesOf(scope.query), ({ readBackTo, has }) => {
        if (readAll || !inOrder.has(key) || readBackTo === null || readBackTo >= slice.from) return false;
        return missing.filter((id) => !has(id)).length <= LEFT_TO_LOOK_UPS;
      });
      if (!list.isNewestFirst) inOrder.delete(key);
      else if (list.isWhole) inOrder.add(key);
      return {
        // What both lists hold, the second tells as it stood later.
        runs: [...new Map([...alive.runs, ...list.runs].map((run) => [run.id, run])).values()],
        rejected: [...new Map([...alive.rejected, ...list.rejected].map((record) => [record.key, record])).values()],
        truncated: alive.truncated || list.truncated,
        vendorTime,
      };
    },

    async run(_scope, { id }, signal) {
      const body = await fetchOfJob('job', encodeURIComponent(id), signal);
      return body === 'gone' ? 'gone' : readRecord(body, PolarisJob, toRunOfProject, clock.now(), "Polaris' job");
    },

    async details(_scope, id, detail, signal) {
      if (detail !== 'rows') return { steps: null, rows: null };
      const body = await fetchOfJob('job_metrics', `${encodeURIComponent(id)}/metrics`, signal);
      if (body === 'gone') return 'gone';
      const fields = createFieldReader(clock.now());
      const rows = toRows(parseAnswer(PolarisJobMetrics, body, "Polaris' metrics of a job"), fields);
      const rejected = fields.unreadable().map(toRejected);
      return rejected.length === 0 ? { steps: null, rows } : { steps: null, rows, rejected };
    },
  };
}

/** A number of rows that could not be read; the others of its answer were. */
function toRejected({ field, problem }: UnreadableField): Rejected {
  return { reason: 'schema', key: field, problem: `${field}: ${problem}` };
}

/** What tells a record of a list apart from the others, also one that is broken. */
function keyOf(record: unknown): string {
  const id = fieldOf(record, 'id');
  return typeof id === 'string' || typeof id === 'number' ? String(id) : JSON.stringify(record);
}

/** One scope a type, so that a type that is added has its own baseline. */
function toScopes({ project_id: projectId, types }: PolarisSettings): readonly ListedScope[] {
  if (types.length === 0) return [{ key: `project:${projectId}`, query: {} }];
  return types.map((type) => ({ key: `project:${projectId}/type:${type}`, query: { type } }));
}
