/**
 * The shape of `cases`, which a vendor's `fixtures/cases.ts` exports: how to configure it, and answers of its documents.
 * `test/contract.test.ts` holds every vendor to the same promises with them.
 */
import type { ReadRecords } from '../../src/vendors/frame/read-records.ts';

/** One way to log in, as the user would configure it. */
export interface AccountCase {
  /** `api key`, `service account`, …; shown as the test's name. */
  readonly name: string;
  /**
   * The vendor's own keys of a target as its `settings` are given them: texts, and `new Secret(() => …)` for secrets.
   * Every URL (`base_url`, `token_url`) lies at `origin`, e.g. `http://127.0.0.1:41001`. At least one scope.
   */
  readonly settings: (origin: string) => Readonly<Record<string, unknown>>;
  /** Every secret text above, and every token that `tokenAnswer` holds: none may show in an error. */
  readonly secrets: readonly string[];
  /** Where tokens are exchanged, and a body that grants one; null where nothing is exchanged. */
  readonly tokenEndpoint: { readonly path: string; readonly answer: unknown } | null;
}

/** A sample answer from the vendor's own documents, as it stands there. */
export interface SampleCase {
  /** File name in the same folder: `list-runs.json`. */
  readonly file: string;
  /** Page, or repository, revision and path. */
  readonly source: string;
  /** Day it was read: `2026-11-22`. */
  readonly readOn: string;
  /** Reads the parsed file as the vendor's client does; null for answers that hold no runs (a run's steps or rows). */
  readonly read: ((body: unknown) => ReadRecords) | null;
}

/** Answers as the vendor would give them, where the contract needs some that no document shows. */
export interface WireCase {
  /** A finished run of the first scope of every account, with this id; each of its times is `time`. */
  readonly record: (id: string, time: string) => object;
  /** The answer to a list of so many records. */
  readonly list: (records: readonly object[]) => unknown;
  /** The answer to the question for one run. */
  readonly one: (record: object) => unknown;
  /** The optional fields of `record` that hold a time. */
  readonly times: readonly string[];
}

export interface VendorCases {
  readonly accounts: readonly [AccountCase, ...AccountCase[]];
  readonly samples: readonly [SampleCase, ...SampleCase[]];
  readonly wire: WireCase;
  /** An answer to the list whose link to the next page is `next`; null where the vendor does not page by links. */
  readonly pageWithNext: ((next: string) => unknown) | null;
}
