/**
 * The vendors as the rest of the product knows them: data about an API, the zod shape of its own settings, and a client
 * that turns its answers into runs. A vendor knows nothing of ledgers, metrics or status pages.
 */
import type { z } from 'zod';
import type { HttpClientOptions } from '../http/http-client.ts';
import type { Job, Meaning, Result, Run, RowCounts, State, Step } from '../model/run.ts';
import type { Clock } from '../model/clock.ts';
import type { Seconds, UnixSeconds } from '../model/time.ts';

/** The part of a target that is polled, baselined and committed by itself. */
export interface Scope {
  /** Stable identity within the target, by which the ledger knows it: `workspace:73bc3927-…`. */
  readonly key: string;
}

/** A span of vendor time, both ends included. */
export interface Window {
  readonly from: UnixSeconds;
  readonly to: UnixSeconds;
}

/** One request's worth of a window. */
export interface Slice extends Window {
  /** A further filter, e.g. a status; null: none. Only the vendor that made it reads it. */
  readonly part: string | null;
}

export interface SliceRequest {
  readonly scope: Scope;
  readonly slice: Slice;
  /**
   * True where all that the vendor has of the scope is to be read (a baseline, a full sync). It matters where a list is
   * else read only as far as needed. False unless said.
   */
  readonly readAll?: boolean;
  /**
   * Ids of the scope's runs that the ledger knows as live: where many of them are not where live runs are listed, it may
   * take less to find them in a list than to ask for each. None unless said.
   */
  readonly live?: ReadonlySet<string>;
  /** Aborted when the slice's time is up or the process ends; the promise then rejects at once. */
  readonly signal: AbortSignal;
}

/** The reason for which a record was not taken. `schema`: its id, state or job is not of the documented shape. */
export type RejectReason = 'schema';

/** A record that could not be read; the rest of its list was kept. */
export interface Rejected {
  readonly reason: RejectReason;
  /** The same for the same record at every poll: its id, else a hash of its text. Never shown. */
  readonly key: string;
  /** For the log: path, what was expected and what kind came; never a value. */
  readonly problem: string;
  /** For the log: the vendor's id of the record; absent: none could be read. */
  readonly id?: string;
}

export interface SliceResult {
  readonly runs: readonly Run[];
  readonly rejected: readonly Rejected[];
  /** True where the vendor may have left something out: a limit was reached, pages did not advance. */
  readonly truncated: boolean;
  /** False where smaller slices would be cut as well: what is missing is not a matter of the window. Absent: they may help. */
  readonly isDivisible?: boolean;
  /** The answer's `Date` header (of the first page); null where there was none. */
  readonly vendorTime: UnixSeconds | null;
}

/** A detail of a run that is fetched by itself; it is pending from when the run was counted until it is there. */
export type Detail = 'steps' | 'rows' | 'duration';

/** The answer to a pending detail; the one that was not asked for is null. */
export interface RunDetails {
  readonly steps: readonly Step[] | null;
  readonly rows: RowCounts | null;
  /** Steps, or numbers of rows, that could not be read; absent: none. */
  readonly rejected?: readonly Rejected[];
}

/** Facts about a vendor's API: they decide windows, which counters begin at 0, and documentation. */
export interface Capabilities {
  /** Live states its runs can be in; `unknown` is always among them. */
  readonly states: readonly State[];
  /** Results its runs can end with; `unknown` only shows once it has happened. */
  readonly results: readonly Result[];
  /** The lookback: the time before now that every poll asks for again. It also bounds how far ahead polls look. */
  readonly lookback: Seconds;
  /**
   * The extended lookback, of a poll now and then: it finds runs that are not where they are expected in the lists. At least
   * as long as `lookback`.
   */
  readonly extendedLookback: Seconds;
  /** The time after now that such a poll asks for as well. */
  readonly lead: Seconds;
  /** The time before now that the API can be asked for. */
  readonly reach: Seconds;
  /** `documented`: by the vendor; `chosen`: here. */
  readonly reachIs: 'documented' | 'chosen';
  /** True where the list is asked for by time, so that a known run missing from its window means the answer was cut. */
  readonly windowed: boolean;
  /** Details to fetch once for each run that finished. */
  readonly finishedDetails: readonly Detail[];
  /** Details to fetch at every poll for each live run. */
  readonly liveDetails: readonly Detail[];
  /** True if a duration that is missing at first may come later. */
  readonly lateDurations: boolean;
  readonly queueTimes: boolean;
  readonly progress: boolean;
  readonly health: boolean;
  readonly acknowledgement: boolean;
}

/** A run that is asked for by itself. */
export interface AskedRun {
  readonly id: string;
  /** Its job as far as it is known, for answers that do not say it; null: not known. */
  readonly job: Job | null;
}

/** Reads one target at one vendor. */
export interface VendorClient {
  /** In the order in which they are polled; where a poll is cut short, the next one begins with the rest. */
  readonly scopes: readonly Scope[];
  /** Cuts a window into slices that the vendor allows, oldest first, together covering all of it. */
  slices(scope: Scope, window: Window): readonly Slice[];
  /** Smaller slices that together cover a cut one; empty when it cannot be divided further. */
  split(scope: Scope, slice: Slice): readonly Slice[];
  /**
   * All runs of a slice.
   * @throws VendorError when the vendor did not answer well; nothing is then concluded from it.
   */
  poll(request: SliceRequest): Promise<SliceResult>;
  /**
   * One run by its id. The id of the run that is returned is the answer's own, so that another run is not taken for it.
   * @returns `gone` for 404 and 410.
   * @throws VendorError as `poll`.
   */
  run(scope: Scope, asked: AskedRun, signal: AbortSignal): Promise<Run | 'gone'>;
  /**
   * Steps or rows of one run.
   * @returns `gone` for 404 and 410.
   * @throws VendorError as `poll`.
   */
  details(
    scope: Scope,
    id: string,
    detail: Exclude<Detail, 'duration'>,
    signal: AbortSignal,
  ): Promise<RunDetails | 'gone'>;
}

/** The things that every vendor's client is made of. */
export interface ConnectOptions<Settings> {
  /** The target's settings as the vendor's own shape describes them, `base_url` included. */
  readonly settings: Settings;
  readonly stateMap: Readonly<Record<string, Meaning>>;
  readonly clock: Clock;
  /** Everything an HTTP client needs beside base URL and credentials; pass it on. */
  readonly http: Omit<HttpClientOptions, 'baseUrl' | 'credentials'>;
}

/** A vendor, as its folder exports it and the registry lists it. */
export interface Vendor<Shape extends z.ZodRawShape = z.ZodRawShape> {
  /** Folder name, config value and `vendor` label in one. */
  readonly id: string;
  /** For people: `Imply Polaris`. */
  readonly title: string;
  readonly capabilities: Capabilities;
  /** The same for one target, where its settings change them (which details are fetched); absent: they never do. */
  capabilitiesFor?(settings: z.output<z.ZodObject<Shape>>): Capabilities;
  /** The vendor's own keys of a target: `base_url` (with its default), `auth`, and what names the account. */
  readonly settings: z.ZodObject<Shape>;
  /** Closed list of the `operation` label's values. */
  readonly operations: readonly string[];
  /** The same for two targets of one account. It goes into the ledger's fingerprint, so it holds no secrets. */
  account(settings: z.output<z.ZodObject<Shape>>): string;
  /**
   * The id of a run as people know it at the vendor, for pages and exemplars; never throws, whatever the id. Absent: it is
   * the id of its runs as it stands.
   */
  shownRunId?(id: string): string;
  connect(options: ConnectOptions<z.output<z.ZodObject<Shape>>>): VendorClient;
}
