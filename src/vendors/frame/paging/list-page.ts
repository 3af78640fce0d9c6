import type { LinkTarget } from '../../../http/http-client.ts';
import type { ReadRecords } from '../read-records.ts';
import type { Slice } from '../../vendor.ts';

/** A link to a page, or its cursor in place of one, and the address of the answer that has it. */
export type PageLink = LinkTarget['link'];

/** One page of a vendor's list as it was read, and what it says of the list. Any of that may be wrong. */
export interface ListPage extends ReadRecords {
  /** True if the vendor says that there is no such page; it then holds nothing. */
  readonly isMissing: boolean;
  /** Names of the records in their order, broken ones included; the same for the same record on another page. */
  readonly keys: readonly string[];
  /** The link to the next page; null: it has none. */
  readonly next: PageLink | null;
  /** Records that it says there are in all; null: it does not say. */
  readonly total: number | null;
  /** Pages that it says there are in all; null: it does not say. */
  readonly totalPages: number | null;
  /** True if it says that more records follow, false if that none do; null: it does not say. */
  readonly hasMore: boolean | null;
}

/** One page of a list, as it is asked for. */
export interface PageRequest {
  /** Parameters of the page: they go into the JSON body where the list's request has one, else into the query. */
  readonly parameters?: Readonly<Record<string, string | number>>;
  /** The page that a link leads to. The list's own path, query and `parameters` are then not used. */
  readonly link?: PageLink;
  /** Statuses that say that there is no such page; none unless said. */
  readonly missing?: readonly number[];
}

/** A list of one scope and slice, while it is read. */
export interface OpenList {
  /**
   * Asks for one page.
   * @throws VendorError as `HttpClient`, and (reason `schema`) for an answer that is no page of the list
   */
  fetchPage(request: PageRequest): Promise<ListPage>;
  readonly slice: Slice;
  /** True where nothing may be left out because it is known already. */
  readonly readAll: boolean;
  /** Ids of runs known as live that no earlier list of the same slice has held. */
  readonly unlisted: ReadonlySet<string>;
}

export interface ReadList extends ReadRecords {
  /** True where the list says, or may hold, more than could be read. */
  readonly truncated: boolean;
}

/** Reads one list of one scope, again at every poll. It may remember how the list behaved. */
export type ListReader = (list: OpenList) => Promise<ReadList>;

/** One way in which vendors divide lists into pages. */
export interface Paging {
  /** Called once for each list of each scope. */
  createReader(): ListReader;
}

/** Success without a body. */
export const NO_CONTENT = 204;
/** Nothing is there, or nothing any more. */
export const GONE: readonly number[] = [404, 410];
