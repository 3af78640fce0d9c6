import { z } from 'zod';
import { httpUrl } from '../../config/settings.ts';
import { DAY, formatDay, HOUR, seconds } from '../../model/time.ts';
import { defineVendor } from '../frame/define-vendor.ts';
import { listOfDifferent } from '../frame/list-of-different.ts';
import { bearerToken, firebaseRefreshToken, googleServiceAccount, oneOf } from '../frame/login.ts';
import { byLimit } from '../frame/paging/by-limit.ts';
import { parseAnswer } from '../frame/parse-answer.ts';
import { byDay } from '../frame/slices.ts';
import type { FilteredScope } from '../frame/vendor-definition.ts';
import { RunList, RunRecord } from './schema.ts';
import {
  DOCUMENTED_STATUSES,
  encodeRunIdentity,
  isAsked,
  MEANING_BY_STATUS,
  parseRunIdentity,
  toRunParts,
} from './to-runs.ts';

/** @see https://docs.tailer.ai/tailer-api/getting-started-1 (read 2026-11-22) */
const login = oneOf(
  [googleServiceAccount, firebaseRefreshToken, bearerToken],
  'expected google_service_account, or firebase_api_key and refresh_token, or token',
);

const name = z.string().min(1);

/** The vendor's own keys of a target. Whatever would read the same runs twice is refused. */
const TailerSettings = z
  .strictObject({
    /**
     * The one API host that the vendor publishes; it is also the audience that its tokens name.
     * @see https://docs.tailer.ai/tailer-api/api-features (read 2026-11-22)
     */
    base_url: httpUrl.prefault('https://tailer-api-nqonovswsq-ew.a.run.app'),
    account: name,
    environment: name,
    /** Data operations to ask for one by one. For table-to-table the id ends with `_` and the environment. */
    configurations: listOfDifferent(z.strictObject({ type: name, id: name })),
    /** Types of which all data operations are asked for at once. */
    configuration_types: listOfDifferent(name),
    auth: login.settings,
  })
  .superRefine(({ configurations, configuration_types: types }, context) => {
    const refuse = (path: (string | number)[], message: string): void =>
      context.addIssue({ code: 'custom', path, message });
    if (configurations.length + types.length === 0)
      refuse(['configurations'], 'name at least one data operation here, or a type under configuration_types');
    for (const [index, { type }] of configurations.entries())
      if (types.includes(type))
        refuse(['configurations', index], 'its type is listed under configuration_types already');
  });
type TailerSettings = z.output<typeof TailerSettings>;

/** The part of a cut day that is asked for without a status once more, for runs of a status nobody listed. */
const ANY_STATUS = '*';

interface TailerScope extends FilteredScope {
  readonly operation: 'get_last_status' | 'get_by_status';
  readonly type: string;
}

/** Every reading action is a POST to this one path. The same path can write: only the operations below are ever sent. */
function actionOf(operation: string, { account, environment }: TailerSettings, query: object) {
  return { operation, path: 'v1/dag/status', json: { action: operation, account, environment, ...query } };
}

const LOOK_UP_TITLE = "Tailer's answer to check_run_status";

/** Tailer: the runs of data operations. The folder's README tells what its API is like. */
export const tailer = defineVendor({
  id: 'tailer',
  title: 'Tailer',
  settings: TailerSettings,
  login,
  account: ({ account, environment }) => `${account}/${environment}`,
  shownRunId: (id) => parseRunIdentity(id).runId,
  operations: ['token', 'get_last_status', 'get_by_status', 'check_run_status'],
  meanings: [MEANING_BY_STATUS],
  capabilities: {
    // Should `execution_date` be a day of the vendor's own country, France, it begins up to two hours before the UTC day.
    lookback: seconds(2 * HOUR),
    // Should it be one of some other place, the runs of now are among those of yesterday or tomorrow.
    extendedLookback: DAY,
    lead: DAY,
    // Within the 61 days after which the vendor's SDK lets a run's record expire (template_main.py of tailer_sdk 1.3.18).
    reach: seconds(14 * DAY),
    reachIs: 'chosen',
    // Final status and duration are written in one message (the same file).
    lateDurations: false,
    acknowledgement: true,
  },
  scopes: toScopes,
  // A day with too many runs for one answer is asked for by status.
  slicing: byDay({ parts: [...Object.keys(DOCUMENTED_STATUSES), ANY_STATUS] }),
  lists: [
    {
      request: ({ from, part }, { scope, settings }) =>
        actionOf(scope.operation, settings, {
          ...scope.query,
          execution_date: formatDay(from),
          ...(part !== null && part !== ANY_STATUS && { status: part }),
        }),
      readPage: (body, { scope }) => parseAnswer(RunList, body, `Tailer's answer to ${scope.operation}`),
      paging: byLimit({
        // As in the vendor's examples.
        lowest: 100,
        // The vendor names no highest number; this is our choice.
        highest: 10_000,
        parameters: (limit) => ({ limit }),
        // What the part of any status lacks, the other parts have.
        mayBeCut: ({ part }) => part !== ANY_STATUS,
      }),
    },
  ],
  record: {
    schema: RunRecord,
    toRunParts: (wire, fields, { settings, scope }) => toRunParts(wire, fields, { ...settings, type: scope.type }),
    isOwn: (record, { settings }) => isAsked(record, settings),
  },
  run: {
    request: (_pathId, { settings }, id) => {
      const { type, configurationId, jobId, runId } = parseRunIdentity(id);
      return actionOf('check_run_status', settings, {
        configuration_type: type,
        configuration_id: configurationId,
        ...(jobId !== null && { job_id: jobId }),
        run_id: runId,
      });
    },
    title: LOOK_UP_TITLE,
    inList: {
      readPage: (body) => parseAnswer(RunList, body, LOOK_UP_TITLE),
      toRunParts: (wire, fields, { settings }, id) =>
        toRunParts(wire, fields, { ...settings, type: parseRunIdentity(id).type }),
      // Either may lack the `job_id`: a run may get it late.
      isSame: (run, id) => {
        const unnamed = encodeRunIdentity({ ...parseRunIdentity(id), jobId: null });
        return run.id === unnamed || run.formerId === id;
      },
    },
  },
});

function toScopes({ configurations, configuration_types: types }: TailerSettings): readonly TailerScope[] {
  return [
    ...configurations.map(({ type, id }): TailerScope => ({
      key: `configuration:${type}/${id}`,
      type,
      operation: 'get_last_status',
      query: { configuration_type: type, configuration_id: id },
    })),
    ...types.map((type): TailerScope => ({
      key: `type:${type}`,
      type,
      operation: 'get_by_status',
      query: { configuration_type: type },
    })),
  ];
}
