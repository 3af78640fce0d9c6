import { z } from 'zod';
import { httpUrl, secret } from '../../config/settings.ts';
import { createHttpClient } from '../../http/create-http-client.ts';
import { createStaticCredentials } from '../../http/credentials/static-credentials.ts';
import { isFinished, type Run } from '../../model/run.ts';
import { DAY, formatTimestamp, HOUR, MINUTE, seconds } from '../../model/time.ts';
import { readRecord, type ToRun } from '../read-records.ts';
import { halve, sliceByWidth } from '../slices.ts';
import type { Capabilities, ConnectOptions, Scope, Vendor, VendorClient } from '../vendor.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { readList } from './read-list.ts';
import { AdverityJob, AdverityJobById } from './schema.ts';
import { toRun, toRunById } from './to-runs.ts';

const AdveritySettings = z.strictObject({
  /** The instance's own host: `https://acme.datatap.adverity.com`. */
  base_url: httpUrl,
  auth: z.strictObject({
    /**
     * Bearer for a key made in Administration > Management API keys, Token for one made with user name and password.
     * @see https://docs.adverity.com/guides/management-api/listing-jobs.html (read 2026-11-22)
     */
    scheme: z.enum(['Bearer', 'Token']).default('Bearer'),
    token: secret,
  }),
  /** Only these; empty: all that the key may see. */
  datastream_ids: z.array(z.int().positive()).default([]),
});
type AdveritySettings = z.output<typeof AdveritySettings>;

/** No longest window is documented: a week keeps answers small. */
const LONGEST_SLICE = seconds(7 * DAY);

/** Shortest slice of a cut one. @see spec section 2, rule 5 */
const SHORTEST_SLICE = seconds(15 * MINUTE);

const GONE = [404, 410];

/**
 * Which date of a job `start` and `end` match is not said, so that a poll now and then looks three days back and a day
 * ahead. The others need not: what waits or runs is in the list without dates, and what has left that list and is not
 * in the other one is asked for by its id.
 * @see spec section 2, rule 4
 */
const capabilities: Capabilities = {
  states: ['pending', 'executing', 'unknown'],
  results: ['success', 'failure', 'error', 'cancellation', 'skip'],
  overlap: HOUR,
  wideOverlap: seconds(3 * DAY),
  lead: DAY,
  reach: seconds(30 * DAY),
  reachIs: 'chosen',
  windowed: true,
  finishedDetails: [],
  liveDetails: [],
  // A job that was discarded before it started never has a duration, so there is nothing to wait for.
  lateDurations: false,
  queueTimes: true,
  exitCodes: false,
  progress: true,
  health: false,
  acknowledgement: false,
};

/** Adverity: the jobs (fetches) of datastreams. What its API is like stands in the folder's README. */
export const adverity: Vendor<typeof AdveritySettings.shape> = {
  id: 'adverity',
  title: 'Adverity',
  capabilities,
  settings: AdveritySettings,
  operations: ['list_jobs', 'job'],
  // An instance is a host of its own, and the fingerprint holds the origin.
  account: () => '',
  connect,
};

/** A scope, and what its lists are asked for with. */
interface ListedScope extends Scope {
  readonly query: Readonly<Record<string, number>>;
}

function connect({ settings, stateMap, clock, http }: ConnectOptions<AdveritySettings>): VendorClient {
  const { scheme, token } = settings.auth;
  const client = oneAtATime(
    createHttpClient({
      ...http,
      baseUrl: toApiUrl(settings.base_url),
      credentials: createStaticCredentials({ scheme, secret: token, http }),
      refusalHint: `auth.scheme is ${scheme}; the key may be one for ${scheme === 'Bearer' ? 'Token' : 'Bearer'}`,
    }),
  );
  const scopes = toScopes(settings);
  const toRunOfTarget: ToRun<AdverityJob> = (wire, fields) => toRun(wire, fields, stateMap);

  return {
    scopes,
    slices: (_scope, window) => sliceByWidth(window, LONGEST_SLICE),
    split: (_scope, slice) => halve(slice, SHORTEST_SLICE),

    async poll({ scope: { key }, slice: { from, to }, signal }) {
      const query = scopes.find((scope) => scope.key === key)?.query ?? {};
      const dates = { start: formatTimestamp(from), end: formatTimestamp(to) };
      const read = (query: ListedScope['query'] | typeof dates) =>
        readList({ client, query, toRun: toRunOfTarget, now: clock.now(), signal });
      // Live ones first: a run that ends between the two is then in the second list, not in neither.
      const live = await read(query);
      const dated = await read({ ...query, ...dates });
      return {
        runs: merge(live.runs, dated.runs),
        rejected: [...live.rejected, ...dated.rejected],
        truncated: live.truncated || dated.truncated,
        // The list of live jobs has no dates.
        isDivisible: dated.truncated,
        vendorTime: live.vendorTime,
      };
    },

    async run(_scope, { id, job }, signal) {
      const path = `jobs/${encodeURIComponent(id)}/`;
      const { status, body } = await client.request({ operation: 'job', path, accept: GONE, signal });
      if (GONE.includes(status)) return 'gone';
      const what = "Adverity's job";
      if (job === null) return readRecord(body, AdverityJob, toRunOfTarget, clock.now(), what);
      const toRunOfJob: ToRun<AdverityJobById> = (wire, fields) => toRunById(wire, fields, stateMap, job);
      return readRecord(body, AdverityJobById, toRunOfJob, clock.now(), what);
    },

    details: () => Promise.resolve({ steps: null, rows: null }),
  };
}

function toScopes({ datastream_ids: ids }: AdveritySettings): readonly ListedScope[] {
  if (ids.length === 0) return [{ key: 'account', query: {} }];
  return [...new Set(ids)].map((id) => ({ key: `datastream:${id}`, query: { datastream_id: id } }));
}

/** Each run once: the finished sight of it wins, else the later one. */
function merge(earlier: readonly Run[], later: readonly Run[]): readonly Run[] {
  const runs = new Map(earlier.map((run) => [run.id, run]));
  for (const run of later) {
    const known = runs.get(run.id);
    if (known === undefined || isFinished(run) || !isFinished(known)) runs.set(run.id, run);
  }
  return [...runs.values()];
}

/** The configured host's `/api`. */
function toApiUrl({ href }: URL): URL {
  return new URL(`${href.replace(/\/+$/, '')}/api/`);
}
