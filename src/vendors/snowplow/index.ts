import { z } from 'zod';
import { httpUrl, secret } from '../../config/settings.ts';
import { createSnowplowKeyPair } from '../../http/credentials/snowplow-key-pair.ts';
import { DAY, formatTimestamp, HOUR, MINUTE, seconds } from '../../model/time.ts';
import { below } from '../frame/below.ts';
import { defineVendor } from '../frame/define-vendor.ts';
import { bearerToken, loginWith, oneOf, passwordGrant } from '../frame/login.ts';
import { inOneAnswer } from '../frame/paging/in-one-answer.ts';
import { parseAnswer } from '../frame/parse-answer.ts';
import { readSteps } from '../frame/read-steps.ts';
import { byWidth } from '../frame/slices.ts';
import { SnowplowList, SnowplowRun, SnowplowStep } from './schema.ts';
import { seemsTrimmed, SHORTEST_SLICE } from './seems-trimmed.ts';
import { MEANING_BY_STATE, toRunParts, toStep } from './to-runs.ts';

const apiKey = loginWith({ api_key_id: z.string().min(1), api_key: secret }, (auth, { apiUrl, http }) => {
  const tokenUrl = new URL('credentials/v3/token', apiUrl);
  return createSnowplowKeyPair({ tokenUrl, apiKeyId: auth.api_key_id, apiKey: auth.api_key, http });
});

/**
 * An API key of the Console, the older password grant, or a token that somebody else keeps fresh. Token URL and audience
 * are those of the vendor's former instructions.
 * @see seed document of the jobs API (read 2026-11-22)
 */
const login = oneOf([
  apiKey,
  passwordGrant({
    tokenUrl: 'https://id.snowplowanalytics.com/oauth/token',
    audience: 'https://snowplowanalytics.com/api/',
  }),
  bearerToken,
]);

/**
 * A window must begin within the last week, and one that begins a moment earlier is refused: slices keep ten minutes
 * away from it, so that time may pass until they are asked for. One that is asked for even later loses its beginning.
 * @see seed document of the jobs API (the week), PostHog's connector (the margin), both read 2026-11-22
 */
const REACH = { cut: seconds(7 * DAY - 10 * MINUTE), asked: seconds(7 * DAY - MINUTE) };

/** Snowplow: the runs of data models and their steps. The folder's README tells what its API is like. */
export const snowplow = defineVendor({
  id: 'snowplow',
  title: 'Snowplow',
  settings: z.strictObject({
    /** @see https://docs.snowplow.io/docs/account-management/ (read 2026-11-22) */
    base_url: httpUrl.prefault('https://console.snowplowanalytics.com'),
    /** On the Console's page "Manage organization". */
    organization_id: z.guid('expected the UUID that the Console shows under "Manage organization"'),
    auth: login.settings,
    /** Steps of runs: true: once for each finished run; `live`: of live runs at every poll too; false: never. */
    steps: z.union([z.boolean(), z.literal('live')], { error: 'expected true, false or live' }).default(true),
  }),
  login,
  account: (settings) => settings.organization_id.toLowerCase(),
  operations: ['token', 'list_runs', 'run', 'steps'],
  meanings: [MEANING_BY_STATE],
  capabilities: {
    lookback: seconds(6 * HOUR),
    extendedLookback: seconds(6 * HOUR),
    reach: REACH.cut,
    reachIs: 'documented',
    finishedDetails: ['steps'],
    lateDurations: true,
  },
  capabilitiesFor: ({ steps }) => ({
    finishedDetails: steps === false ? [] : ['steps'],
    liveDetails: steps === 'live' ? ['steps'] : [],
  }),
  apiUrl: ({ base_url: baseUrl, organization_id: id }) => below(baseUrl, `api/msc/v1/organizations/${id}`),
  scopes: () => [{ key: 'account' }],
  // Longest window of one request: seed document of the jobs API (read 2026-11-22).
  slicing: byWidth({ longest: seconds(96 * HOUR), shortest: SHORTEST_SLICE, reach: REACH }),
  lists: [
    {
      request: ({ from, to }) => ({
        operation: 'list_runs',
        path: 'jobs/v1/runs',
        query: { from: formatTimestamp(from), to: formatTimestamp(to) },
      }),
      readPage: (body) => parseAnswer(SnowplowList, body, "Snowplow's list of runs"),
      paging: inOneAnswer({ isCut: seemsTrimmed }),
    },
  ],
  record: { schema: SnowplowRun, toRunParts },
  run: {
    request: (pathId) => ({ operation: 'run', path: `jobs/v1/runs/${pathId}` }),
    title: "Snowplow's run",
  },
  details: {
    steps: {
      request: (pathId) => ({ operation: 'steps', path: `jobs/v1/runs/${pathId}/steps` }),
      read: (body, _fields, { stateMap }) => {
        const { records } = parseAnswer(SnowplowList, body, "Snowplow's list of steps");
        return readSteps(records, SnowplowStep, (wire) => toStep(wire, stateMap));
      },
    },
  },
});
