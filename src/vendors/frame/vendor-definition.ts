/** The definition of a vendor, as its folder gives it. `define-vendor.ts` makes a `Vendor` of it. */
import type { z } from 'zod';
import type { PathTarget } from '../../http/http-client.ts';
import type { Job, Meaning, Run } from '../../model/run.ts';
import type { RunParts } from './build-run.ts';
import type { Login } from './login.ts';
import type { Paging } from './paging/list-page.ts';
import type { FieldReader } from './read-fields.ts';
import type { Slicing } from './slices.ts';
import type { Capabilities, Detail, RunDetails, Scope, Slice } from '../vendor.ts';

/** The keys that the settings of every vendor have. */
export interface TargetSettings {
  readonly base_url: URL;
  readonly auth: object;
}

/** Facts about a connected target that a definition is given with every question. */
export interface TargetContext<Settings, OwnScope> {
  readonly settings: Settings;
  /**
   * The scope that the question is about. Reading it throws a VendorError (reason `internal`) where it is not configured
   * any more, so that runs of such a scope can still be looked up where no scope is needed for it.
   */
  readonly scope: OwnScope;
  readonly stateMap: Readonly<Record<string, Meaning>>;
}

/** A scope with the filter that its lists are asked for with. */
export interface FilteredScope extends Scope {
  readonly query: Readonly<Record<string, string | number>>;
}

/** A request in the vendor's words: a GET, or with `json` a POST that only reads. Its path lies below the API's URL. */
export interface ApiRequest {
  /** One of the vendor's `operations`. */
  readonly operation: string;
  readonly path: string;
  readonly query?: PathTarget['query'];
  readonly json?: object;
}

/** Makes the request for one run, or for a detail of it. `pathId` is its id, encoded as one segment of a path. */
type RunRequest<Settings, OwnScope> = (
  pathId: string,
  target: TargetContext<Settings, OwnScope>,
  id: string,
) => ApiRequest;

/** The envelope of one page of a list; facts that it does not tell are null or left out. */
export interface ListAnswer {
  readonly records: readonly unknown[];
  /** Link to the next page, whole or relative; or its cursor, where pages are asked for by one. */
  readonly next?: string | null | undefined;
  /** Records in all. */
  readonly total?: number | null | undefined;
  /** Pages in all. */
  readonly totalPages?: number | null | undefined;
  /** True if more records follow. */
  readonly hasMore?: boolean | null | undefined;
}

/** One list of a scope. */
export interface ListDefinition<Settings, OwnScope> {
  readonly request: (slice: Slice, target: TargetContext<Settings, OwnScope>) => ApiRequest;
  /**
   * Reads the envelope of a page.
   * @throws VendorError (reason `schema`) for anything that is no page of the list
   */
  readonly readPage: (body: unknown, target: TargetContext<Settings, OwnScope>) => ListAnswer;
  readonly paging: Paging;
  /** True where the list holds what is live now, whatever the slice: smaller slices do not help it. False unless said. */
  readonly isUndated?: boolean;
}

/** The shape of one record on the wire, and the run that it tells of. */
export interface RecordDefinition<Settings, OwnScope, Wire> {
  readonly schema: z.ZodType<Wire>;
  readonly toRunParts: (wire: Wire, fields: FieldReader, target: TargetContext<Settings, OwnScope>) => RunParts;
  /** False for records of others, which are left out of a list without a word. All are its own unless said. */
  readonly isOwn?: (record: unknown, target: TargetContext<Settings, OwnScope>) => boolean;
}

/** The way to ask for one run by its id. 404 and 410 mean that it is gone. */
export interface RunDefinition<Settings, OwnScope, Wire, KnownWire> {
  readonly request: RunRequest<Settings, OwnScope>;
  /** Name of the answer for people: `Polaris' job`. */
  readonly title: string;
  /** Reads the answer for a run of a known job, where it says less of the job than a list. Absent: as `record`. */
  readonly ofKnownJob?: {
    readonly schema: z.ZodType<KnownWire>;
    readonly toRunParts: (
      wire: KnownWire,
      fields: FieldReader,
      target: TargetContext<Settings, OwnScope>,
      job: Job,
    ) => RunParts;
  };
  /** Reads an answer that is a list; an empty one means that the run is gone. Absent: the answer is one record. */
  readonly inList?: {
    /** @throws VendorError (reason `schema`) for anything that is no list */
    readonly readPage: (body: unknown) => ListAnswer;
    readonly toRunParts: (
      wire: Wire,
      fields: FieldReader,
      target: TargetContext<Settings, OwnScope>,
      id: string,
    ) => RunParts;
    /** True if a run with another id is the run that was asked for as well. */
    readonly isSame: (run: Run, id: string) => boolean;
  };
}

/** The way to ask for a detail of one run. 404 and 410 mean that the run is gone. */
export interface DetailDefinition<Settings, OwnScope> {
  readonly request: RunRequest<Settings, OwnScope>;
  /** Reads the detail; what `fields` cannot read is reported as rejected. */
  readonly read: (body: unknown, fields: FieldReader, target: TargetContext<Settings, OwnScope>) => Partial<RunDetails>;
}

/** `Capabilities` without what other parts of the definition tell; what is left out is false, none or 0. */
export type DefinedCapabilities = Pick<Capabilities, 'lookback' | 'extendedLookback' | 'reach' | 'reachIs'> &
  Partial<Omit<Capabilities, 'states' | 'results' | 'windowed'>>;

/** A vendor's API: what is its own, and nothing that vendors share. */
export interface VendorDefinition<Settings, OwnScope extends Scope, Wire, KnownWire> {
  readonly id: string;
  readonly title: string;
  /** Ways to log in; `settings` has theirs as `auth`. */
  readonly login: Login;
  /** As `Vendor.account`. Absent: the origin alone is the account. */
  readonly account?: (settings: Settings) => string;
  /** As `Vendor.shownRunId`, but it may throw: the id is then shown as it stands. */
  readonly shownRunId?: (id: string) => string;
  readonly operations: readonly string[];
  readonly capabilities: DefinedCapabilities;
  /** Capabilities that are others with these settings. Absent: none. */
  readonly capabilitiesFor?: (settings: Settings) => Partial<Capabilities>;
  /** The table by which states are read; then others that hold for some records. They tell which states and results there are. */
  readonly meanings: readonly [Readonly<Record<string, Meaning>>, ...Readonly<Record<string, Meaning>>[]];
  /** Everything that is asked lies below it. Absent: `base_url`. */
  readonly apiUrl?: (settings: Settings) => URL;
  /** As `HttpRequest.accepts`, for every request. */
  readonly accepts?: string;
  /** As `HttpClientOptions.refusalHint`. */
  readonly refusalHint?: (settings: Settings) => string;
  /** True where the vendor wants one request at a time. */
  readonly isOneAtATime?: boolean;
  readonly scopes: (settings: Settings) => readonly OwnScope[];
  readonly slicing: Slicing;
  /** Read one after the other for every slice. Of two sights of a run the finished one wins, else the later one. */
  readonly lists: readonly ListDefinition<Settings, OwnScope>[];
  readonly record: RecordDefinition<Settings, OwnScope, Wire>;
  readonly run: RunDefinition<Settings, OwnScope, Wire, KnownWire>;
  readonly details?: Partial<Record<Exclude<Detail, 'duration'>, DetailDefinition<Settings, OwnScope>>>;
}
