import { z } from 'zod';
import { httpUrl, secret } from '../../config/settings.ts';
import { createStaticCredentials } from '../../http/credentials/static-credentials.ts';
import { DAY, formatTimestamp, HOUR, MINUTE, seconds } from '../../model/time.ts';
import { below } from '../frame/below.ts';
import { defineVendor } from '../frame/define-vendor.ts';
import { loginWith } from '../frame/login.ts';
import { byLink } from '../frame/paging/by-link.ts';
import { parseAnswer } from '../frame/parse-answer.ts';
import { byWidth } from '../frame/slices.ts';
import type { Slice } from '../vendor.ts';
import type { FilteredScope, ListDefinition } from '../frame/vendor-definition.ts';
import { AdverityJob, AdverityJobById, AdverityJobPage } from './schema.ts';
import { MEANING_BY_STATE, toJob, toRunParts } from './to-runs.ts';

const login = loginWith(
  {
    /**
     * Bearer for a key made in Administration > Management API keys, Token for one made with user name and password.
     * @see https://docs.adverity.com/guides/management-api/listing-jobs.html (read 2026-11-22)
     */
    scheme: z.enum(['Bearer', 'Token']).default('Bearer'),
    token: secret,
  },
  ({ scheme, token }, { http }) => createStaticCredentials({ scheme, secret: token, http }),
);

/** The list of jobs with such dates; without any, it holds what is live. */
const listOf = (
  datesOf: (slice: Slice) => Readonly<Record<string, string>>,
): ListDefinition<unknown, FilteredScope> => ({
  request: (slice, { scope }) => ({
    operation: 'list_jobs',
    path: 'jobs/',
    // In a fixed order nothing slips from one page to another while jobs are added.
    // Neither the default nor the largest page is published; a smaller page than asked for does no harm.
    query: { ...scope.query, ...datesOf(slice), ordering: 'id', page_size: 100 },
  }),
  readPage: (body) => parseAnswer(AdverityJobPage, body, "Adverity's list of jobs"),
  // 10,000 jobs in one list: more than a week of any account that this was made for.
  paging: byLink({ maxPages: 100 }),
});

/** Adverity: the jobs (fetches) of datastreams. The folder's README tells what its API is like. */
export const adverity = defineVendor({
  id: 'adverity',
  title: 'Adverity',
  settings: z.strictObject({
    /** The instance's own host: `https://acme.datatap.adverity.com`. */
    base_url: httpUrl,
    auth: login.settings,
    /** Only these; empty: all that the key may see. */
    datastream_ids: z.array(z.int().positive()).default([]),
  }),
  // An instance is a host of its own: the origin is the account.
  login,
  refusalHint: ({ auth: { scheme } }) =>
    `auth.scheme is ${scheme}; the key may be one for ${scheme === 'Bearer' ? 'Token' : 'Bearer'}`,
  operations: ['list_jobs', 'job'],
  meanings: [MEANING_BY_STATE],
  /**
   * Nobody says which date of a job `start` and `end` match, so that a poll now and then looks three days back and a day
   * ahead. The others need not: what waits or runs is in the list without dates, and what has left that list and is not
   * in the other one is asked for by its id.
   * @see spec section 2, rule 4
   */
  capabilities: {
    lookback: HOUR,
    extendedLookback: seconds(3 * DAY),
    lead: DAY,
    reach: seconds(30 * DAY),
    reachIs: 'chosen',
    // A job that was discarded before it started never has a duration, so there is nothing to wait for.
    lateDurations: false,
    queueTimes: true,
    progress: true,
  },
  apiUrl: ({ base_url: baseUrl }) => below(baseUrl, 'api'),
  /** @see the Management API's rate limits as api-evangelist/adverity `rate-limits/` quotes them (read 2026-11-22) */
  isOneAtATime: true,
  scopes: ({ datastream_ids: ids }): readonly FilteredScope[] =>
    ids.length === 0
      ? [{ key: 'account', query: {} }]
      : [...new Set(ids)].map((id) => ({ key: `datastream:${id}`, query: { datastream_id: id } })),
  // No longest window is documented: a week keeps answers small. Shortest: spec section 2, rule 5.
  slicing: byWidth({ longest: seconds(7 * DAY), shortest: seconds(15 * MINUTE) }),
  lists: [
    // Live ones first: a run that ends between the two is then in the second list, not in neither.
    { ...listOf(() => ({})), isUndated: true },
    listOf(({ from, to }) => ({ start: formatTimestamp(from), end: formatTimestamp(to) })),
  ],
  record: {
    schema: AdverityJob,
    toRunParts: (wire, fields) => toRunParts(wire, toJob(wire.datastream, fields), fields),
  },
  run: {
    request: (pathId) => ({ operation: 'job', path: `jobs/${pathId}/` }),
    title: "Adverity's job",
    ofKnownJob: {
      schema: AdverityJobById,
      toRunParts: ({ datastream, ...wire }, fields, _target, job) =>
        toRunParts(wire, datastream ? toJob(datastream, fields) : job, fields),
    },
  },
});
