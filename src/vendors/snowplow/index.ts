import { z } from 'zod';
import { httpUrl } from '../../config/settings.ts';
import { createHttpClient } from '../../http/create-http-client.ts';
import { before, DAY, formatTimestamp, HOUR, later, MINUTE, seconds } from '../../model/time.ts';
import { parseAnswer } from '../parse-answer.ts';
import { readRecord, readRecords, type ToRun } from '../read-records.ts';
import { halve, sliceByWidth } from '../slices.ts';
import type { Capabilities, ConnectOptions, Scope, Vendor, VendorClient } from '../vendor.ts';
import { createCredentials, SnowplowAuth } from './auth.ts';
import { SnowplowList, SnowplowRun } from './schema.ts';
import { seemsTrimmed, SHORTEST_SLICE } from './seems-trimmed.ts';
import { readSteps, toRun } from './to-runs.ts';

/** @see https://docs.snowplow.io/docs/account-management/ (read 2026-11-22) */
const DEFAULT_BASE_URL = 'https://console.snowplowanalytics.com';

const SnowplowSettings = z.strictObject({
  base_url: httpUrl.prefault(DEFAULT_BASE_URL),
  /** On the Console's page "Manage organization". */
  organization_id: z.guid('expected the UUID that the Console shows under "Manage organization"'),
  auth: SnowplowAuth,
  /** Steps of runs: true: once for each finished run; `live`: of live runs at every poll too; false: never. */
  steps: z.union([z.boolean(), z.literal('live')], { error: 'expected true, false or live' }).default(true),
});
type SnowplowSettings = z.output<typeof SnowplowSettings>;

/** Longest window of one request. @see seed document of the jobs API: 96 hours (read 2026-11-22) */
const LONGEST_SLICE = seconds(96 * HOUR);

/**
 * A window must begin within the last week, and one that begins a moment earlier is refused: slices keep ten minutes
 * away from it, so that time may pass until they are asked for.
 * @see seed document of the jobs API (the week), PostHog's connector (the margin), both read 2026-11-22
 */
const REACH = seconds(7 * DAY - 10 * MINUTE);

/** Where a slice that was asked for late is cut off after all. */
const LATEST_REACH = seconds(7 * DAY - MINUTE);

/** All of an organization is one list. */
const ACCOUNT: Scope = { key: 'account' };

/** An id that nothing is there for: a run leaves the API about a week after its end. */
const GONE = [404, 410];

const capabilities: Capabilities = {
  states: ['pending', 'executing', 'unknown'],
  results: ['success', 'failure', 'skip'],
  overlap: seconds(6 * HOUR),
  wideOverlap: seconds(6 * HOUR),
  lead: seconds(0),
  reach: REACH,
  reachIs: 'documented',
  windowed: true,
  finishedDetails: ['steps'],
  liveDetails: [],
  lateDurations: true,
  queueTimes: false,
  exitCodes: false,
  progress: false,
  health: false,
  acknowledgement: false,
};

/** Snowplow: the runs of data models and their steps. What its API is like stands in the folder's README. */
export const snowplow: Vendor<typeof SnowplowSettings.shape> = {
  id: 'snowplow',
  title: 'Snowplow',
  capabilities,
  capabilitiesFor: ({ steps }) => ({
    ...capabilities,
    finishedDetails: steps === false ? [] : ['steps'],
    liveDetails: steps === 'live' ? ['steps'] : [],
  }),
  settings: SnowplowSettings,
  operations: ['token', 'list_runs', 'run', 'steps'],
  account: (settings) => settings.organization_id.toLowerCase(),
  connect,
};

function connect({ settings, stateMap, clock, http }: ConnectOptions<SnowplowSettings>): VendorClient {
  const baseUrl = toApiUrl(settings);
  const client = createHttpClient({ ...http, baseUrl, credentials: createCredentials(settings.auth, baseUrl, http) });

  /** The body of a path below `runs/`; `gone` where nothing is there any more. */
  async function fetchOfRun(operation: 'run' | 'steps', path: string, signal: AbortSignal): Promise<unknown> {
    const { status, body } = await client.request({ operation, path: `jobs/v1/runs/${path}`, accept: GONE, signal });
    return GONE.includes(status) ? 'gone' : body;
  }

  const toRunOfTarget: ToRun<SnowplowRun> = (wire, fields) => toRun(wire, fields, stateMap);

  return {
    scopes: [ACCOUNT],
    slices: (_scope, { from, to }) =>
      sliceByWidth({ from: later(from, before(clock.now(), REACH)), to }, LONGEST_SLICE),
    split: (_scope, slice) => halve(slice, SHORTEST_SLICE),

    async poll({ slice, signal }) {
      const window = { from: later(slice.from, before(clock.now(), LATEST_REACH)), to: slice.to };
      const { body, date } = await client.request({
        operation: 'list_runs',
        path: 'jobs/v1/runs',
        query: { from: formatTimestamp(window.from), to: formatTimestamp(window.to) },
        signal,
      });
      const records = parseAnswer(SnowplowList, body, "Snowplow's list of runs");
      const read = readRecords(records, SnowplowRun, toRunOfTarget, clock.now());
      return { ...read, truncated: seemsTrimmed(read.runs, records.length, window), vendorTime: date };
    },

    async run(_scope, { id }, signal) {
      const body = await fetchOfRun('run', encodeURIComponent(id), signal);
      return body === 'gone' ? 'gone' : readRecord(body, SnowplowRun, toRunOfTarget, clock.now(), "Snowplow's run");
    },

    async details(_scope, id, detail, signal) {
      if (detail !== 'steps') return { steps: null, rows: null };
      const body = await fetchOfRun('steps', `${encodeURIComponent(id)}/steps`, signal);
      if (body === 'gone') return 'gone';
      return readSteps(parseAnswer(SnowplowList, body, "Snowplow's list of steps"), stateMap);
    },
  };
}

function toApiUrl({ base_url: { href }, organization_id: organizationId }: SnowplowSettings): URL {
  return new URL(`${href.replace(/\/+$/, '')}/api/msc/v1/organizations/${organizationId}/`);
}
