/** The client of a target: lists page by page, one run by its id, and the details of a run. */
import { VendorError } from '../../http/errors.ts';
import type { Run, UnreadableField } from '../../model/run.ts';
import type { UnixSeconds } from '../../model/time.ts';
import type {
  AskedRun,
  ConnectOptions,
  Detail,
  Rejected,
  RunDetails,
  Scope,
  SliceRequest,
  SliceResult,
  VendorClient,
} from '../vendor.ts';
import { createToRun, type RunParts } from './build-run.ts';
import { type ApiConnection, connectApi } from './connect-api.ts';
import { mergeLists } from './merge-lists.ts';
import type { ListPage, ListReader, PageRequest, ReadList } from './paging/list-page.ts';
import { createFieldReader, type FieldReader } from './read-fields.ts';
import { keyOf, readRecord, readRecords, type ReadRecords } from './read-records.ts';
import type {
  ApiRequest,
  ListAnswer,
  ListDefinition,
  RunDefinition,
  TargetContext,
  VendorDefinition,
} from './vendor-definition.ts';

/** Creates the client of a target from its vendor's definition. */
export function createVendorClient<Settings, OwnScope extends Scope, Wire, KnownWire>(
  definition: VendorDefinition<Settings, OwnScope, Wire, KnownWire>,
  options: ConnectOptions<Settings>,
): VendorClient {
  const connection = connect(definition, options);
  const { slicing } = definition;
  const { clock } = options;
  return {
    scopes: connection.scopes,
    slices: (_scope, window) => slicing.slices(window, clock.now()),
    split: (_scope, slice) => slicing.split(slice),
    poll: (request) => pollLists(connection, request),
    run: (scope, asked, signal) => askForRun(connection, scope, asked, signal),
    details: (scope, id, detail, signal) => askForDetail(connection, { scope, id, detail, signal }),
  };
}

/** A list, and the reader that reads it again and again. */
interface ReadableList<Settings, OwnScope> extends ListDefinition<Settings, OwnScope> {
  readonly read: ListReader;
}

/** A definition that is connected to the API of one target. */
interface Connection<Settings, OwnScope extends Scope, Wire, KnownWire> {
  readonly definition: VendorDefinition<Settings, OwnScope, Wire, KnownWire>;
  readonly options: ConnectOptions<Settings>;
  readonly api: ApiConnection;
  readonly scopes: readonly Scope[];
  /** The lists of a scope. @throws VendorError (reason `internal`) where it is not configured */
  listsOf(scope: Scope): readonly ReadableList<Settings, OwnScope>[];
  targetOf(scope: Scope): TargetContext<Settings, OwnScope>;
}

function connect<Settings, OwnScope extends Scope, Wire, KnownWire>(
  definition: VendorDefinition<Settings, OwnScope, Wire, KnownWire>,
  options: ConnectOptions<Settings>,
): Connection<Settings, OwnScope, Wire, KnownWire> {
  const { settings, stateMap } = options;
  const scopes = definition.scopes(settings);
  const known = new Map(
    scopes.map((scope) => [
      scope.key,
      { scope, lists: definition.lists.map((list) => ({ ...list, read: list.paging.createReader() })) },
    ]),
  );
  const find = ({ key }: Scope) => {
    const found = known.get(key);
    if (found !== undefined) return found;
    throw new VendorError(`${definition.id}: no scope ${key} is configured`, { reason: 'internal' });
  };
  return {
    definition,
    options,
    api: connectApi(definition, options),
    scopes,
    listsOf: (scope) => find(scope).lists,
    targetOf: (scope) => ({
      settings,
      stateMap,
      get scope() {
        return find(scope).scope;
      },
    }),
  };
}

/** Reads all lists of a slice, one after the other. */
async function pollLists<Settings, OwnScope extends Scope, Wire, KnownWire>(
  connection: Connection<Settings, OwnScope, Wire, KnownWire>,
  { scope, slice: whole, readAll = false, live = new Set(), signal }: SliceRequest,
): Promise<SliceResult> {
  const target = connection.targetOf(scope);
  const slice = connection.definition.slicing.clip(whole, connection.options.clock.now());
  const dates: (UnixSeconds | null)[] = [];
  const done: (ReadList & { readonly isUndated: boolean })[] = [];
  for (const { request, readPage, read, isUndated = false } of connection.listsOf(scope)) {
    const fetchPage = async ({ parameters, link, missing = [] }: PageRequest): Promise<ListPage> => {
      const asked = withParameters(request(slice, target), parameters);
      const response = await connection.api.ask(asked, { link, accept: missing, signal });
      dates.push(response.date);
      const isMissing = missing.includes(response.status);
      const { records, next, total, totalPages, hasMore } = isMissing ? NO_PAGE : readPage(response.body, target);
      return {
        ...readOwn(connection, records, target),
        keys: records.map(keyOf),
        isMissing,
        next: next ? { href: next, from: response.url } : null,
        total: total ?? null,
        totalPages: totalPages ?? null,
        hasMore: hasMore ?? null,
      };
    };
    const listed = new Set(done.flatMap(({ runs }) => runs.map(({ id }) => id)));
    const unlisted = new Set([...live].filter((id) => !listed.has(id)));
    done.push({ ...(await read({ fetchPage, slice, readAll, unlisted })), isUndated });
  }
  const cut = done.filter(({ truncated }) => truncated);
  return {
    ...mergeLists(done),
    truncated: cut.length > 0,
    isDivisible: cut.length === 0 || cut.some(({ isUndated }) => !isUndated),
    vendorTime: dates[0] ?? null,
  };
}

async function askForRun<Settings, OwnScope extends Scope, Wire, KnownWire>(
  connection: Connection<Settings, OwnScope, Wire, KnownWire>,
  scope: Scope,
  { id, job }: AskedRun,
  signal: AbortSignal,
): Promise<Run | 'gone'> {
  const target = connection.targetOf(scope);
  const { record, run, meanings } = connection.definition;
  const { request, ofKnownJob, inList, title } = run;
  const { stateMap, clock } = connection.options;
  const answer = await connection.api.askAboutRun(request(encodeURIComponent(id), target, id), signal);
  if (answer === null) return 'gone';
  const { body } = answer;
  if (inList !== undefined) {
    const { records } = inList.readPage(body);
    if (records.length === 0) return 'gone';
    const toParts = (wire: Wire, fields: FieldReader): RunParts => inList.toRunParts(wire, fields, target, id);
    return findRun(readOwn(connection, records, target, toParts).runs, id, run);
  }
  const context = { table: meanings[0], stateMap };
  if (ofKnownJob === undefined || job === null) {
    const toRun = createToRun(context, (wire: Wire, fields) => record.toRunParts(wire, fields, target));
    return readRecord(body, record.schema, toRun, clock.now(), title);
  }
  const toRun = createToRun(context, (wire: KnownWire, fields) => ofKnownJob.toRunParts(wire, fields, target, job));
  return readRecord(body, ofKnownJob.schema, toRun, clock.now(), title);
}

interface AskedDetail {
  readonly scope: Scope;
  readonly id: string;
  readonly detail: Exclude<Detail, 'duration'>;
  readonly signal: AbortSignal;
}

async function askForDetail<Settings, OwnScope extends Scope, Wire, KnownWire>(
  { definition, options, api, targetOf }: Connection<Settings, OwnScope, Wire, KnownWire>,
  { scope, id, detail, signal }: AskedDetail,
): Promise<RunDetails | 'gone'> {
  const definedDetail = definition.details?.[detail];
  const nothing = { steps: null, rows: null };
  if (definedDetail === undefined) return nothing;
  const target = targetOf(scope);
  const answer = await api.askAboutRun(definedDetail.request(encodeURIComponent(id), target, id), signal);
  if (answer === null) return 'gone';
  const fields = createFieldReader(options.clock.now());
  const read = definedDetail.read(answer.body, fields, target);
  const unreadable = fields.unreadable().map(toRejected);
  const rejected = unreadable.length === 0 ? read.rejected : [...(read.rejected ?? []), ...unreadable];
  return { ...nothing, ...read, ...(rejected !== undefined && { rejected }) };
}

/** Reads the records of a list that are the target's own. */
function readOwn<Settings, OwnScope extends Scope, Wire, KnownWire>(
  { definition, options }: Connection<Settings, OwnScope, Wire, KnownWire>,
  records: readonly unknown[],
  target: TargetContext<Settings, OwnScope>,
  toParts?: (wire: Wire, fields: FieldReader) => RunParts,
): ReadRecords {
  const { record, meanings } = definition;
  const { schema, isOwn } = record;
  const own = isOwn === undefined ? records : records.filter((one) => isOwn(one, target));
  const toRun = createToRun(
    { table: meanings[0], stateMap: options.stateMap },
    toParts ?? ((wire: Wire, fields) => record.toRunParts(wire, fields, target)),
  );
  return readRecords(own, schema, toRun, options.clock.now());
}

/** The run that was asked for, or another one, which says nothing of it: who asked tells the two apart by their ids. */
function findRun<Settings>(
  runs: readonly Run[],
  id: string,
  { title, inList }: Pick<RunDefinition<Settings, never, never, never>, 'title' | 'inList'>,
): Run {
  const same = runs.find((one) => one.id === id) ?? runs.find((one) => inList?.isSame(one, id));
  if (same !== undefined) return { ...same, id };
  const [other] = runs;
  if (other !== undefined) return other;
  throw new VendorError(`${title} holds no run that can be read`, { reason: 'schema' });
}

const NO_PAGE: ListAnswer = { records: [] };

/** The request of a list with the parameters of one of its pages. */
function withParameters(request: ApiRequest, parameters: PageRequest['parameters'] = {}): ApiRequest {
  const { query, json } = request;
  return json === undefined
    ? { ...request, query: { ...query, ...parameters } }
    : { ...request, json: { ...json, ...parameters } };
}

/** A field of a detail that could not be read; the others of its answer were. */
function toRejected({ field, problem }: UnreadableField): Rejected {
  return { reason: 'schema', key: field, problem: `${field}: ${problem}` };
}
