import { z } from 'zod';
import { httpUrl } from '../../config/settings.ts';
import { DAY, HOUR, seconds } from '../../model/time.ts';
import { below } from '../frame/below.ts';
import { defineVendor } from '../frame/define-vendor.ts';
import { listOfDifferent } from '../frame/list-of-different.ts';
import { bearerToken, clientCredentials, oneOf } from '../frame/login.ts';
import { byNumber } from '../frame/paging/by-number.ts';
import { inOneSlice } from '../frame/slices.ts';
import { readPage } from './read-page.ts';
import { MatatikaJob } from './schema.ts';
import { type MatatikaScope, MEANING_BY_STATUS, toRunParts } from './to-runs.ts';

/**
 * The vendor's public hosts stand for what is not configured.
 * @see matatika-docs `_config_prod.yml` and `integrate-with-the-matatika-api.md` (read 2026-11-22)
 */
const DEFAULTS = {
  baseUrl: 'https://app.matatika.com',
  tokenUrl: 'https://identity.matatika.com/oauth/token',
  audience: 'https://app.matatika.com/api',
};

const login = oneOf([clientCredentials(DEFAULTS), bearerToken], 'expected client_id and client_secret, or token');

const id = z.string().min(1);

const MatatikaSettings = z
  .strictObject({
    base_url: httpUrl.prefault(DEFAULTS.baseUrl),
    /** Workspaces of which all jobs are read; `name` is for people, the id stands in for it. */
    workspaces: listOfDifferent(z.strictObject({ id, name: z.string().min(1).optional() }), (one) => one.id),
    /** Pipelines read by themselves; `workspace` is the label, empty unless given. */
    pipelines: listOfDifferent(z.strictObject({ id, workspace: z.string().optional() }), (one) => one.id),
    auth: login.settings,
  })
  .superRefine(({ workspaces, pipelines }, context) => {
    if (workspaces.length + pipelines.length > 0) return;
    const message = 'name at least one workspace here, or a pipeline under pipelines';
    context.addIssue({ code: 'custom', path: ['workspaces'], message });
  });
type MatatikaSettings = z.output<typeof MatatikaSettings>;

/** The order and size of pages. No maximum is documented, and the default is 20. */
const PAGING = { size: '100', sort: 'created,desc' };

/** Matatika, which is also sold as Meltano Cloud: the jobs of workspaces and of single pipelines. */
export const matatika = defineVendor({
  id: 'matatika',
  title: 'Matatika (Meltano Cloud)',
  settings: MatatikaSettings,
  // Ids of workspaces and pipelines are UUIDs, and a target may gain and lose them: the origin alone is the account.
  login,
  operations: ['token', 'list_jobs', 'job'],
  meanings: [MEANING_BY_STATUS],
  /**
   * The whole list is always there, so a finished run that is missing was deleted at the vendor. How far a poll looks
   * back (a job may show late) and reach (nothing is said about retention) are our choice.
   */
  capabilities: {
    lookback: seconds(6 * HOUR),
    extendedLookback: seconds(6 * HOUR),
    reach: seconds(90 * DAY),
    reachIs: 'chosen',
    queueTimes: true,
  },
  /** The configured origin with `/api` after it, unless it is there. */
  apiUrl: ({ base_url: baseUrl }) => (/\/api\/*$/.test(baseUrl.pathname) ? baseUrl : below(baseUrl, 'api')),
  /**
   * The vendor's own examples ask for HAL; plain JSON may have another envelope.
   * @see https://docs.meltano.com/reference/cloud/api/resources/jobs (read 2026-11-28)
   */
  accepts: 'application/hal+json, application/json;q=0.9',
  scopes: toScopes,
  slicing: inOneSlice(),
  lists: [
    {
      request: (_slice, { scope }) => ({
        operation: 'list_jobs',
        path: `${scope.kind}s/${encodeURIComponent(scope.id)}/jobs`,
      }),
      readPage,
      // Paging is reported to be unreliable at this vendor: MeltanoLabs/tap-meltano-cloud switched it off.
      paging: byNumber({
        pageSize: Number(PAGING.size),
        parameters: (page) => ({ page, ...PAGING }),
        // The vendor's older samples of links leave both out.
        linkParameters: PAGING,
      }),
    },
  ],
  record: { schema: MatatikaJob, toRunParts: (wire, fields, { scope }) => toRunParts(wire, fields, scope) },
  run: {
    request: (pathId) => ({ operation: 'job', path: `jobs/${pathId}` }),
    title: "Matatika's job",
    ofKnownJob: {
      schema: MatatikaJob,
      toRunParts: (wire, fields, { scope }, job) => {
        const parts = toRunParts(wire, fields, scope);
        // An answer that leaves the pipeline out is of a job that is known, not of one without a pipeline.
        return parts.job.id === null && job.kind === parts.job.kind ? { ...parts, job } : parts;
      },
    },
  },
});

function toScopes({ workspaces, pipelines }: MatatikaSettings): readonly MatatikaScope[] {
  // A job that two lists hold must have the same labels in both: it would be renamed at every poll.
  const pipelineLabels = new Map(pipelines.flatMap((one) => (one.workspace ? [[one.id, one.workspace] as const] : [])));
  const scopeOf = (kind: MatatikaScope['kind'], scopeId: string, workspace: string): MatatikaScope => ({
    key: `${kind}:${scopeId}`,
    kind,
    id: scopeId,
    workspace,
  });
  return [
    ...workspaces.map((one) => ({ ...scopeOf('workspace', one.id, one.name ?? one.id), pipelineLabels })),
    ...pipelines.map((one) => scopeOf('pipeline', one.id, one.workspace ?? '')),
  ];
}
