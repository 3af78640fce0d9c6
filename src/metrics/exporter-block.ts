import type { UnixSeconds } from '../model/time.ts';
import { METRICS } from './catalogue.ts';
import { createFamilies, gauge } from './job-block.ts';
import type { Block, Sample } from './samples.ts';

/** What the exporter says of itself. */
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
  /** When this process began to count. */
  readonly startedAt: UnixSeconds;
}

/** What is shown of the exporter itself. @see spec section 3 */
export function exporterBlock(view: ExporterView): Block {
  const families = createFamilies();
  const count = (value: number, outcome: string): Sample => ({
    labels: ['outcome', outcome],
    value,
    createdAt: view.startedAt,
    exemplar: null,
  });
  const { version, revision, nodeVersion } = view.build;
  families.set(METRICS.buildInfo, [gauge(1, ['version', version, 'revision', revision, 'nodeversion', nodeVersion])]);
  families.set(METRICS.configReloadSuccessful, [gauge(view.reload.isSuccessful ? 1 : 0)]);
  families.set(METRICS.configReloadSuccess, [gauge(view.reload.succeededAt)]);
  families.set(
    METRICS.ledgerCommits,
    [...view.ledgerCommits].map(([outcome, commits]) => count(commits, outcome)),
  );
  families.set(METRICS.ledgerCreated, [gauge(view.ledgerCreatedAt)]);
  families.set(METRICS.ledgerRuns, [gauge(view.ledgerRuns)]);
  families.set(METRICS.series, [gauge(view.series)]);
  if (view.otlp !== null) {
    families.set(
      METRICS.otlpExports,
      [...view.otlp.exports].map(([outcome, exports]) => count(exports, outcome)),
    );
    if (view.otlp.lastSuccessAt !== null) families.set(METRICS.otlpLastSuccess, [gauge(view.otlp.lastSuccessAt)]);
    if (view.otlp.lastPushPoints !== null) families.set(METRICS.otlpLastPushPoints, [gauge(view.otlp.lastPushPoints)]);
  }
  return { labels: [], families: families.map };
}

/** Lines that a block has on the page: a histogram is its buckets, its sum and its count. */
export function countSeries(block: Block): number {
  let series = 0;
  for (const samples of block.families.values()) {
    for (const { value } of samples) series += typeof value === 'number' ? 1 : value.counts.length + 2;
  }
  return series;
}
