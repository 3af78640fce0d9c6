import type { z } from 'zod';
import { VendorError } from '../../http/errors.ts';
import type { Run, UnreadableField } from '../../model/run.ts';
import type { UnixSeconds } from '../../model/time.ts';
import { createToRun, type RunParts } from './build-run.ts';
import { connectApi } from './connect-api.ts';
import { mergeLists } from './merge-lists.ts';
import type { ListPage, PageRequest, ReadList } from './paging/list-page.ts';
import { createFieldReader, type FieldReader } from './read-fields.ts';
import { keyOf, readRecord, readRecords, type ReadRecords } from './read-records.ts';
import type { ConnectOptions, Rejected, Scope, VendorClient } from '../vendor.ts';
import type { ApiRequest, ListAnswer, RunDefinition, Target, VendorDefinition } from './vendor-definition.ts';

/** Creates the client of a target from its vendor's definition. */
export function createVendorClient<Settings, OwnScope extends Scope, Wire, KnownWire>(
  definition: VendorDefinition<Settings, OwnScope, Wire, KnownWire>,
  options: ConnectOptions<Settings>,
): VendorClient {
  const { settings, stateMap, clock } = options;
  const { id: vendor, slicing, lists, record, run, details } = definition;
  const api = connectApi(definition, options);
  const [table] = definition.meanings;
  const scopes = definition.scopes(settings).map((scope) => ({
    scope,
    readers: lists.map((list) => ({ ...list, read: list.paging.createReader() })),
  }));
  const scopesByKey = new Map(scopes.map((entry) => [entry.scope.key, entry]));

  function find({ key }: Scope): (typeof scopes)[number] {
    const found = scopesByKey.get(key);
    if (found !== undefined) return found;
    throw new VendorError(`${vendor}: no scope ${key} is configured`, { reason: 'internal' });
  }

  function targetOf(scope: Scope): Target<Settings, OwnScope> {
    return {
      settings,
      stateMap,
      get scope() {
        return find(scope).scope;
      },
    };
  }

  function readOwn(
    records: readonly unknown[],
    target: Target<Settings, OwnScope>,
    toParts: (wire: Wire, fields: FieldReader) => RunParts = (wire, fields) => record.toRunParts(wire, fields, target),
  ): ReadRecords {
    const { schema, isOwn } = record;
    const own = isOwn === undefined ? records : records.filter((one) => isOwn(one, target));
    return readRecords(own, schema, createToRun({ table, stateMap }, toParts), clock.now());
  }

  /** @throws VendorError (reason `schema`) where the body is no such run */
  function readOne<OneWire>(
    body: unknown,
    schema: z.ZodType<OneWire>,
    toParts: (wire: OneWire, fields: FieldReader) => RunParts,
  ): Run {
    return readRecord(body, schema, createToRun({ table, stateMap }, toParts), clock.now(), run.title);
  }

  return {
    scopes: scopes.map(({ scope }) => scope),
    slices: (_scope, window) => slicing.slices(window, clock.now()),
    split: (_scope, slice) => slicing.split(slice),

    async poll({ scope, slice: whole, readAll = false, live = new Set(), signal }) {
      const { readers } = find(scope);
      const target = targetOf(scope);
      const slice = slicing.clip(whole, clock.now());
      const dates: (UnixSeconds | null)[] = [];
      const done: (ReadList & { readonly isUndated: boolean })[] = [];
      for (const { request, readPage, read, isUndated = false } of readers) {
        const fetchPage = async ({ parameters, link, missing = [] }: PageRequest): Promise<ListPage> => {
          const asked = withParameters(request(slice, target), parameters);
          const response = await api.ask(asked, { link, accept: missing, signal });
          dates.push(response.date);
          const isMissing = missing.includes(response.status);
          const { records, next, total, totalPages, hasMore } = isMissing ? NO_PAGE : readPage(response.body, target);
          return {
            ...readOwn(records, target),
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
    },

    async run(scope, { id, job }, signal) {
      const target = targetOf(scope);
      const { request, ofKnownJob, inList } = run;
      const answer = await api.askAboutRun(request(encodeURIComponent(id), target, id), signal);
      if (answer === null) return 'gone';
      const { body } = answer;
      if (inList !== undefined) {
        const { records } = inList.readPage(body);
        if (records.length === 0) return 'gone';
        const { runs } = readOwn(records, target, (wire, fields) => inList.toRunParts(wire, fields, target, id));
        return findRun(runs, id, run);
      }
      return ofKnownJob === undefined || job === null
        ? readOne(body, record.schema, (wire, fields) => record.toRunParts(wire, fields, target))
        : readOne(body, ofKnownJob.schema, (wire, fields) => ofKnownJob.toRunParts(wire, fields, target, job));
    },

    async details(scope, id, detail, signal) {
      const definedDetail = details?.[detail];
      const nothing = { steps: null, rows: null };
      if (definedDetail === undefined) return nothing;
      const target = targetOf(scope);
      const answer = await api.askAboutRun(definedDetail.request(encodeURIComponent(id), target, id), signal);
      if (answer === null) return 'gone';
      const fields = createFieldReader(clock.now());
      const read = definedDetail.read(answer.body, fields, target);
      const unreadable = fields.unreadable().map(toRejected);
      const rejected = unreadable.length === 0 ? read.rejected : [...(read.rejected ?? []), ...unreadable];
      return { ...nothing, ...read, ...(rejected !== undefined && { rejected }) };
    },
  };
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
