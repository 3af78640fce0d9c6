import { z } from 'zod';
import { httpUrl, secret } from '../../config/settings.ts';
import { createStaticCredentials } from '../../http/credentials/static-credentials.ts';
import { DAY, HOUR, seconds } from '../../model/time.ts';
import { defineVendor } from '../frame/define-vendor.ts';
import { loginWith } from '../frame/login.ts';
import { byOffset } from '../frame/paging/by-offset.ts';
import { parseAnswer } from '../frame/parse-answer.ts';
import { inOneSlice } from '../frame/slices.ts';
import type { ApiRequest, FilteredScope, ListDefinition } from '../frame/vendor-definition.ts';
import { PolarisJob, PolarisJobList, PolarisJobMetrics } from './schema.ts';
import { MEANINGS, toRows, toRunParts } from './to-runs.ts';

const login = loginWith(
  {
    api_key: secret,
    /** `raw`: `Basic KEY`, as the vendor writes it now. `base64`: base64 of `KEY:`, as it wrote it before. */
    encoding: z.enum(['raw', 'base64']).default('raw'),
  },
  ({ api_key: key, encoding }, { http }) => createStaticCredentials({ scheme: 'Basic', secret: key, encoding, http }),
);

const name = z.string().min(1);

const PolarisSettings = z.strictObject({
  /** The regional host, `https://ORG.REGION.CLOUD.api.imply.io`; every organization has its own. */
  base_url: httpUrl,
  project_id: name,
  /** Only jobs of these types are listed, each type as a scope of its own; all types where empty. */
  types: z
    .array(name)
    .default([])
    .refine((types) => new Set(types).size === types.length, { error: 'lists a type twice' }),
  auth: login.settings,
});
type PolarisSettings = z.output<typeof PolarisSettings>;

const jobsOf = ({ project_id: id }: PolarisSettings): string => `v1/projects/${encodeURIComponent(id)}/jobs`;

/** The list of jobs that a filter lets through, newest created first. `maxLookUps`: as in `byOffset`. */
const listOf = (
  filter: ApiRequest['query'],
  maxLookUps: number | null,
): ListDefinition<PolarisSettings, FilteredScope> => ({
  request: (_slice, { scope, settings }) => ({
    operation: 'list_jobs',
    path: jobsOf(settings),
    query: { ...scope.query, ...filter },
  }),
  readPage: (body) => parseAnswer(PolarisJobList, body, "Polaris' list of jobs"),
  paging: byOffset({
    parameters: (offset) => ({
      // A creation never moves, while the vendor's own order changes whenever a person edits a job.
      sortColumn: 'created_date_time',
      sortOrder: 'DESC',
      // The largest page that the vendor gives.
      paginationLimit: 1000,
      paginationOffset: offset,
    }),
    // The vendor's page where no limit is asked for.
    defaultPageSize: 100,
    maxLookUps,
  }),
});

/** Imply Polaris: the ingestion and maintenance jobs of one project. The folder's README tells what its API is like. */
export const polaris = defineVendor({
  id: 'polaris',
  title: 'Imply Polaris',
  settings: PolarisSettings,
  login,
  account: (settings) => settings.project_id.toLowerCase(),
  operations: ['list_jobs', 'job', 'job_metrics'],
  meanings: MEANINGS,
  /**
   * Polls look back to times of creation, for the list is read in that order. They need not reach back to where a run
   * began that ends now: it was live, and is found by that. The wider look finds what changed its mind. The reach is our
   * choice; the vendor keeps at least 90 days (see the README).
   */
  capabilities: {
    lookback: HOUR,
    extendedLookback: DAY,
    reach: seconds(90 * DAY),
    reachIs: 'chosen',
    finishedDetails: ['rows'],
    liveDetails: ['rows'],
    queueTimes: true,
    health: true,
  },
  /** One scope a type, so that a type that is added has its own baseline. */
  scopes: ({ project_id: projectId, types }): readonly FilteredScope[] =>
    types.length === 0
      ? [{ key: `project:${projectId}`, query: {} }]
      : types.map((type) => ({ key: `project:${projectId}/type:${type}`, query: { type } })),
  slicing: inOneSlice(),
  lists: [
    // Jobs that have not ended: by their own filter they are found however long ago they were created.
    listOf({ executionStatus: ['pending', 'running', 'idle', 'suspended', 'unknown'] }, null),
    // A page costs about as much as eight look-ups; and with a scope for each of the six types, all are made in one poll.
    listOf({}, 8),
  ],
  record: {
    schema: PolarisJob,
    toRunParts: (wire, fields, { settings }) => toRunParts(wire, fields, settings.project_id),
  },
  run: {
    request: (pathId, { settings }) => ({ operation: 'job', path: `${jobsOf(settings)}/${pathId}` }),
    title: "Polaris' job",
  },
  details: {
    rows: {
      request: (pathId, { settings }) => ({ operation: 'job_metrics', path: `${jobsOf(settings)}/${pathId}/metrics` }),
      read: (body, fields) => ({
        rows: toRows(parseAnswer(PolarisJobMetrics, body, "Polaris' metrics of a job"), fields),
      }),
    },
  },
});
