import { z } from 'zod';
import { clientSecret, httpUrl, secret } from '../../config/settings.ts';
import { createHttpClient } from '../../http/create-http-client.ts';
import { createClientCredentials } from '../../http/credentials/client-credentials.ts';
import { createStaticCredentials } from '../../http/credentials/static-credentials.ts';
import { VendorError } from '../../http/errors.ts';
import type { Credentials, HttpRequest, HttpResponse, TransportOptions } from '../../http/http-client.ts';
import { DAY, HOUR, seconds, type UnixSeconds } from '../../model/time.ts';
import { readRecord, readRecords, type ToRun } from '../read-records.ts';
import type { Capabilities, ConnectOptions, Scope, Vendor, VendorClient } from '../vendor.ts';
import { NO_PAGE, parsePage } from './parse-page.ts';
import { type Page, PAGE_SIZE, readPages } from './read-pages.ts';
import { MatatikaJob } from './schema.ts';
import { type MatatikaScope, toRun } from './to-runs.ts';

const id = z.string().min(1);

const shape = {
  base_url: httpUrl.prefault('https://app.matatika.com'),
  /** Workspaces of which all jobs are read; `name` is for people, the id stands in for it. */
  workspaces: z.array(z.strictObject({ id, name: z.string().min(1).optional() })).default([]),
  /** Pipelines read by themselves; `workspace` is the label, empty unless given. */
  pipelines: z.array(z.strictObject({ id, workspace: z.string().optional() })).default([]),
  auth: z.union(
    [
      z.strictObject({
        client_id: z.string().min(1),
        client_secret: clientSecret,
        token_url: httpUrl.prefault('https://identity.matatika.com/oauth/token'),
        audience: z.string().min(1).default('https://app.matatika.com/api'),
      }),
      z.strictObject({ token: secret }),
    ],
    { error: 'expected client_id and client_secret, or token' },
  ),
};

/**
 * The vendor's own keys of a target. Defaults are its public hosts.
 *
 * @see matatika-docs `_config_prod.yml` and `integrate-with-the-matatika-api.md` (read 2026-11-22)
 */
const MatatikaSettings = z.strictObject(shape).superRefine(({ workspaces, pipelines }, context) => {
  if (workspaces.length + pipelines.length === 0) {
    const message = 'name at least one workspace here, or a pipeline under pipelines';
    context.addIssue({ code: 'custom', path: ['workspaces'], message });
  }
  for (const [key, list] of Object.entries({ workspaces, pipelines })) {
    for (const [index, { id }] of list.entries())
      if (list.findIndex((other) => other.id === id) < index)
        context.addIssue({ code: 'custom', path: [key, index], message: 'is listed twice' });
  }
});
type MatatikaSettings = z.output<typeof MatatikaSettings>;

/**
 * What the vendor's own examples ask for; plain JSON may have another envelope.
 * @see https://docs.meltano.com/reference/cloud/api/resources/jobs (read 2026-11-28)
 */
const HAL = 'application/hal+json, application/json;q=0.9';

/** How lists are asked for. */
const PAGING = { size: String(PAGE_SIZE), sort: 'created,desc' };

/** A job that somebody deleted. */
const GONE = [404, 410];

const NO_CONTENT = 204;

/**
 * The whole list is always there, so a finished run that is missing was deleted at the vendor. Overlap (a job may show
 * late) and reach (nothing is said about retention) are our choice.
 */
const capabilities: Capabilities = {
  states: ['pending', 'executing', 'unknown'],
  results: ['success', 'failure', 'cancellation'],
  overlap: seconds(6 * HOUR),
  wideOverlap: seconds(6 * HOUR),
  lead: seconds(0),
  reach: seconds(90 * DAY),
  reachIs: 'chosen',
  windowed: false,
  finishedDetails: [],
  liveDetails: [],
  lateDurations: false,
  queueTimes: true,
  exitCodes: true,
  progress: false,
  health: false,
  acknowledgement: false,
};

/** Matatika, which is also sold as Meltano Cloud: the jobs of workspaces and of single pipelines. */
export const matatika: Vendor<typeof shape> = {
  id: 'matatika',
  title: 'Matatika (Meltano Cloud)',
  capabilities,
  settings: MatatikaSettings,
  operations: ['token', 'list_jobs', 'job'],
  // Ids of workspaces and pipelines are UUIDs, and a target may gain and lose them: the origin alone is the account.
  account: () => '',
  connect,
};

function connect({ settings, stateMap, clock, http }: ConnectOptions<MatatikaSettings>): VendorClient {
  const client = createHttpClient({
    ...http,
    baseUrl: toApiUrl(settings.base_url),
    credentials: createCredentials(settings, http),
  });
  const scopes = new Map(toScopes(settings).map((scope) => [scope.key, scope]));

  function find({ key }: Scope): MatatikaScope {
    const scope = scopes.get(key);
    if (scope !== undefined) return scope;
    throw new VendorError(`matatika: no scope ${key} is configured`, { reason: 'internal' });
  }

  const ask = (request: HttpRequest): Promise<HttpResponse> => client.request({ ...request, accepts: HAL });

  const toRunOf =
    (scope: MatatikaScope): ToRun<MatatikaJob> =>
    (wire, fields) =>
      toRun(wire, fields, scope, stateMap);

  return {
    scopes: [...scopes.values()],
    slices: (_scope, window) => [{ ...window, part: null }],
    // The list cannot be asked for by time or status: what is cut stays cut.
    split: () => [],

    async poll({ scope: { key }, slice, signal }) {
      const scope = find({ key });
      const path = `${scope.kind}s/${encodeURIComponent(scope.id)}/jobs`;
      let vendorTime: UnixSeconds | null = null;
      const pages = await readPages(async (place): Promise<Page> => {
        const target = typeof place === 'number' ? { path, query: { page: place, ...PAGING } } : { link: place };
        // Behind the last page there may be nothing, or not even a page.
        const accept = place === 0 ? [] : GONE;
        const { status, body, date, url } = await ask({ operation: 'list_jobs', ...target, accept, signal });
        if (place === 0) vendorTime ??= date;
        const isNothing = status === NO_CONTENT || GONE.includes(status);
        const { records, next, ...said } = isNothing ? NO_PAGE : parsePage(body);
        return {
          ...readRecords(records, MatatikaJob, toRunOf(scope), clock.now()),
          ...said,
          next: next === null ? null : { href: withPaging(next, url), from: url },
        };
      }, slice.from);
      return { ...pages, vendorTime };
    },

    async run(scope, { id, job }, signal) {
      const path = `jobs/${encodeURIComponent(id)}`;
      const { status, body } = await ask({ operation: 'job', path, accept: GONE, signal });
      if (GONE.includes(status)) return 'gone';
      const run = readRecord(body, MatatikaJob, toRunOf(find(scope)), clock.now(), "Matatika's job");
      // An answer that leaves the pipeline out is of a job that is known, not of one without a pipeline.
      return run.job.id === null && job?.kind === run.job.kind ? { ...run, job } : run;
    },

    details: () => Promise.resolve({ steps: null, rows: null }),
  };
}

function createCredentials({ auth }: MatatikaSettings, http: TransportOptions): Credentials {
  if ('token' in auth) return createStaticCredentials({ scheme: 'Bearer', secret: auth.token, http });
  return createClientCredentials({
    tokenUrl: auth.token_url,
    audience: auth.audience,
    clientId: auth.client_id,
    clientSecret: auth.client_secret,
    http,
  });
}

function toScopes({ workspaces, pipelines }: MatatikaSettings): readonly MatatikaScope[] {
  // A job that two lists hold must have the same labels in both: it would be renamed at every poll.
  const pipelineLabels = new Map(
    pipelines.flatMap(({ id, workspace }) => (workspace ? [[id, workspace] as const] : [])),
  );
  return [
    ...workspaces.map(({ id, name }) => ({
      key: `workspace:${id}`,
      kind: 'workspace' as const,
      id,
      workspace: name ?? id,
      pipelineLabels,
    })),
    ...pipelines.map(({ id, workspace }) => ({
      key: `pipeline:${id}`,
      kind: 'pipeline' as const,
      id,
      workspace: workspace ?? '',
    })),
  ];
}

/** A link to a page, that it be as large and in the same order as ours: the vendor's older samples leave both out. */
function withPaging(href: string, from: URL): string {
  const url = URL.parse(href, from.href);
  if (url === null) return href;
  for (const [name, value] of Object.entries(PAGING))
    if (!url.searchParams.has(name)) url.searchParams.set(name, value);
  return url.href;
}

/** The configured origin with `/api` after it, unless it is there. */
function toApiUrl(baseUrl: URL): URL {
  const path = baseUrl.pathname.replace(/\/+$/, '');
  return new URL(path.endsWith('/api') ? path : `${path}/api`, baseUrl);
}
