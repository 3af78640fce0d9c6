import { z } from 'zod';
import { httpUrl } from '../../config/settings.ts';
import { createHttpClient } from '../../http/create-http-client.ts';
import { VendorError } from '../../http/errors.ts';
import { after, DAY, formatDay, HOUR, seconds, startOfDay, type UnixSeconds } from '../../model/time.ts';
import { parseAnswer } from '../parse-answer.ts';
import type { ReadRecords } from '../read-records.ts';
import type { Capabilities, ConnectOptions, Scope, Slice, Vendor, VendorClient, Window } from '../vendor.ts';
import { Auth, createCredentials } from './auth.ts';
import { RunList } from './schema.ts';
import { DOCUMENTED_STATUSES, encodeRunIdentity, parseRunIdentity, readRuns } from './to-runs.ts';

const name = z.string().min(1);

/**
 * The one API host that the vendor publishes; it is also the audience that its tokens name.
 * @see https://docs.tailer.ai/tailer-api/api-features (read 2026-11-22)
 */
const DEFAULT_BASE_URL = 'https://tailer-api-nqonovswsq-ew.a.run.app';

const shape = {
  base_url: httpUrl.prefault(DEFAULT_BASE_URL),
  account: name,
  environment: name,
  /** Data operations to ask for one by one. For table-to-table the id ends with `_` and the environment. */
  configurations: z.array(z.strictObject({ type: name, id: name })).default([]),
  /** Types of which all data operations are asked for at once. */
  configuration_types: z.array(name).default([]),
  auth: Auth,
};

/** The vendor's own keys of a target. Whatever would read the same runs twice is refused. */
const TailerSettings = z.strictObject(shape).superRefine((settings, context) => {
  const { configurations, configuration_types: types } = settings;
  if (configurations.length + types.length === 0) {
    const message = 'name at least one data operation here, or a type under configuration_types';
    context.addIssue({ code: 'custom', path: ['configurations'], message });
  }
  for (const [index, type] of types.entries()) {
    if (types.indexOf(type) < index)
      context.addIssue({ code: 'custom', path: ['configuration_types', index], message: 'is listed twice' });
  }
  for (const [index, { type, id }] of configurations.entries()) {
    const path = ['configurations', index];
    if (types.includes(type))
      context.addIssue({ code: 'custom', path, message: 'its type is listed under configuration_types already' });
    else if (configurations.findIndex((other) => other.type === type && other.id === id) < index)
      context.addIssue({ code: 'custom', path, message: 'is listed twice' });
  }
});
type TailerSettings = z.output<typeof TailerSettings>;

/** How many records an answer is asked for at first, as in the vendor's examples. */
const LOWEST_LIMIT = 100;

/** How many at most, where fewer were not enough. The vendor names no highest number; this is our choice. */
const HIGHEST_LIMIT = 10_000;

/** The records of an answer, and when it was given. */
interface Answer {
  readonly records: readonly unknown[];
  readonly date: UnixSeconds | null;
}

/** A day's length to its last microsecond (times are kept that fine): a run of midnight belongs to the day that begins. */
const WHOLE_DAY = seconds(DAY - 1e-6);

/** Every reading action is a POST to this one path. The same path can write: only the operations below are ever sent. */
const STATUS_PATH = 'v1/dag/status';

type Operation = 'get_last_status' | 'get_by_status' | 'check_run_status';

/** The part of a cut day that is asked for without a status once more, for runs of a status nobody listed. */
const ANY_STATUS = '*';

/** What a day is asked for by when it holds too many runs to be told at once. */
const PARTS = [...Object.keys(DOCUMENTED_STATUSES), ANY_STATUS];

/** No answer for a run that is not there is documented; an empty list is the likely one, these are the usual ones. */
const GONE = [404, 410];

/** A scope, and what its lists are asked for with. */
interface ListedScope extends Scope {
  readonly operation: Operation;
  readonly type: string;
  readonly query: Readonly<Record<string, string>>;
}

const capabilities: Capabilities = {
  states: ['pending', 'executing', 'unknown'],
  results: ['success', 'failure', 'skip'],
  // Should `execution_date` be a day of the vendor's own country, France, it begins up to two hours before the UTC day.
  overlap: seconds(2 * HOUR),
  // Should it be one of some other place, the runs of now are among those of yesterday or tomorrow.
  wideOverlap: DAY,
  lead: DAY,
  // Within the 61 days after which the vendor's SDK lets a run's record expire (template_main.py of tailer_sdk 1.3.18).
  reach: seconds(14 * DAY),
  reachIs: 'chosen',
  windowed: true,
  finishedDetails: [],
  liveDetails: [],
  // Final status and duration are written in one message (the same file).
  lateDurations: false,
  queueTimes: false,
  exitCodes: false,
  progress: false,
  health: false,
  acknowledgement: true,
};

/** Tailer: the runs of data operations. What its API is like stands in the folder's README. */
export const tailer: Vendor<typeof shape> = {
  id: 'tailer',
  title: 'Tailer',
  capabilities,
  settings: TailerSettings,
  operations: ['token', 'get_last_status', 'get_by_status', 'check_run_status'],
  account: ({ account, environment }) => `${account}/${environment}`,
  shownRunId: (id) => {
    try {
      return parseRunIdentity(id).runId;
    } catch {
      return id;
    }
  },
  connect,
};

function connect({ settings, stateMap, clock, http }: ConnectOptions<TailerSettings>): VendorClient {
  const { account, environment } = settings;
  const client = createHttpClient({
    ...http,
    baseUrl: settings.base_url,
    credentials: createCredentials(settings.auth, settings.base_url, http),
  });
  /** The highest limit that a list of a scope has needed since the start, where that is not the lowest. */
  const neededLimits = new Map<string, number>();
  const scopes = new Map(toScopes(settings).map((scope) => [scope.key, scope]));

  /** @param accept statuses that are an answer without records */
  async function ask(
    operation: Operation,
    query: object,
    signal: AbortSignal,
    accept: readonly number[] = [],
  ): Promise<Answer> {
    const json = { action: operation, account, environment, ...query };
    const request = { operation, method: 'POST', path: STATUS_PATH, json, accept, signal } as const;
    const { status, body, date } = await client.request(request);
    if (accept.includes(status)) return { records: [], date };
    return { records: parseAnswer(RunList, body, `Tailer's answer to ${operation}`).results, date };
  }

  /** A full answer is asked for again with a higher limit; if the vendor then gives no more, or refuses, it may be cut. */
  async function askForAll(
    operation: Operation,
    query: object,
    signal: AbortSignal,
    limit: number,
  ): Promise<Answer & { readonly truncated: boolean }> {
    const answer = await ask(operation, { ...query, limit }, signal);
    if (answer.records.length < limit) return { ...answer, truncated: false };
    const full = { ...answer, truncated: true };
    if (limit >= HIGHEST_LIMIT) return full;
    try {
      const more = await askForAll(operation, query, signal, limit * 10);
      return more.records.length > answer.records.length ? more : full;
    } catch (error) {
      if (error instanceof VendorError && error.reason === 'http_client') return full;
      throw error;
    }
  }

  /**
   * As `askForAll`, beginning with the highest limit that a list of the scope has needed, so that a busy scope is not
   * asked twice at every poll. The vendor has shown that it gives as many, so a cut answer is no harder to tell.
   */
  async function list({ key, operation }: ListedScope, query: object, signal: AbortSignal) {
    const needed = neededLimits.get(key) ?? LOWEST_LIMIT;
    const answer = await askForAll(operation, query, signal, needed).catch((error: unknown) => {
      const isRefused = error instanceof VendorError && error.reason === 'http_client';
      if (!isRefused || needed === LOWEST_LIMIT) throw error;
      neededLimits.delete(key);
      return askForAll(operation, query, signal, LOWEST_LIMIT);
    });
    if (answer.records.length >= needed && !answer.truncated) neededLimits.set(key, limitFor(answer.records.length));
    return answer;
  }

  function read(records: readonly unknown[], type: string): ReadRecords {
    return readRuns(records, { account, environment, type, stateMap }, clock.now());
  }

  return {
    scopes: [...scopes.values()],
    slices: (_scope, window) => sliceByDay(window),
    split: (_scope, slice) => (slice.part === null ? PARTS.map((part) => ({ ...slice, part })) : []),

    async poll({ scope: { key }, slice, signal }) {
      const scope = scopes.get(key);
      if (scope === undefined) throw new VendorError(`tailer: no scope ${key} is configured`, { reason: 'internal' });
      const { part } = slice;
      const status = part === null || part === ANY_STATUS ? {} : { status: part };
      const query = { ...scope.query, execution_date: formatDay(slice.from), ...status };
      const { records, date, truncated } = await list(scope, query, signal);
      // What the part of any status lacks, the other parts have.
      return { ...read(records, scope.type), truncated: truncated && part !== ANY_STATUS, vendorTime: date };
    },

    async run(_scope, { id }, signal) {
      const { type, configurationId, jobId, runId } = parseRunIdentity(id);
      const query = {
        configuration_type: type,
        configuration_id: configurationId,
        ...(jobId !== null && { job_id: jobId }),
        run_id: runId,
      };
      const { records } = await ask('check_run_status', query, signal, GONE);
      if (records.length === 0) return 'gone';
      const { runs } = read(records, type);
      // Either may lack the `job_id`: a run may get it late.
      const unnamed = encodeRunIdentity({ type, configurationId, jobId: null, runId });
      const run = runs.find((run) => run.id === id) ?? runs.find((run) => run.id === unnamed || run.formerId === id);
      if (run !== undefined) return { ...run, id };
      // Another run, which says nothing of this one: whoever asked tells the two apart by their ids.
      const [other] = runs;
      if (other !== undefined) return other;
      throw new VendorError("Tailer's answer to check_run_status holds no run that can be read", { reason: 'schema' });
    },

    details: () => Promise.resolve({ steps: null, rows: null }),
  };
}

function toScopes({ configurations, configuration_types: types }: TailerSettings): readonly ListedScope[] {
  return [
    ...configurations.map(({ type, id }) => ({
      key: `configuration:${type}/${id}`,
      type,
      operation: 'get_last_status' as const,
      query: { configuration_type: type, configuration_id: id },
    })),
    ...types.map((type) => ({
      key: `type:${type}`,
      type,
      operation: 'get_by_status' as const,
      query: { configuration_type: type },
    })),
  ];
}

/** The lowest limit that so many records do not fill, of those that are asked for one after another. */
function limitFor(records: number): number {
  let limit = LOWEST_LIMIT;
  while (limit <= records && limit < HIGHEST_LIMIT) limit *= 10;
  return limit;
}

/** The UTC days that a window touches, whole. */
function sliceByDay({ from, to }: Window): readonly Slice[] {
  const slices: Slice[] = [];
  for (let day = startOfDay(from); day <= to; day = after(day, DAY))
    slices.push({ from: day, to: after(day, WHOLE_DAY), part: null });
  return slices;
}
