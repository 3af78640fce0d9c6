import type { UnixSeconds } from '../model/time.ts';

/** All that is known of the exporter itself. */
export interface ExporterView {
  readonly build: { readonly version: string; readonly revision: string; readonly nodeVersion: string };
  readonly reload: { readonly isSuccessful: boolean; readonly succeededAt: UnixSeconds };
  /** Transactions by outcome. */
  readonly ledgerCommits: ReadonlyMap<string, number>;
  readonly ledgerCreatedAt: UnixSeconds;
  readonly ledgerRuns: number;
  /** Samples of the other blocks as lines of the page. */
  readonly series: number;
  /** null where nothing is pushed. */
  readonly otlp: {
    readonly exports: ReadonlyMap<string, number>;
    /** null: none yet. */
    readonly lastSuccessAt: UnixSeconds | null;
    readonly lastPushPoints: number | null;
  } | null;
  /** Start of this process's own counts. */
  readonly startedAt: UnixSeconds;
}
