import type { ExporterView } from '../exporter-view.ts';
import { createDefinitions, gauge, single, total } from './definition.ts';

const { current } = createDefinitions<ExporterView>('exporter');

/** Metrics of the exporter itself. @see spec section 3 */
export const EXPORTER_METRICS = {
  buildInfo: current({
    name: 'datajobs_build_info',
    otelName: 'datajobs.build.info',
    kind: 'gauge',
    labels: ['version', 'revision', 'nodeversion'],
    help: 'Always 1; what is running.',
    read: ({ build: { version, revision, nodeVersion } }) => [
      gauge(1, ['version', version, 'revision', revision, 'nodeversion', nodeVersion]),
    ],
  }),
  configReloadSuccessful: current({
    name: 'datajobs_config_last_reload_successful',
    otelName: 'datajobs.config.last_reload_successful',
    kind: 'gauge',
    help: '1 if the configuration file was last read without a problem, else 0 (the one before it is in use).',
    read: ({ reload }) => single(reload.isSuccessful),
  }),
  configReloadSuccess: current({
    name: 'datajobs_config_last_reload_success_timestamp_seconds',
    otelName: 'datajobs.config.last_reload_success.timestamp',
    unit: 's',
    kind: 'gauge',
    help: 'When the configuration in use was read.',
    read: ({ reload }) => single(reload.succeededAt),
  }),
  ledgerCommits: current({
    name: 'datajobs_ledger_commits_total',
    otelName: 'datajobs.ledger.commits',
    unit: '{commit}',
    kind: 'counter',
    labels: ['outcome'],
    help: 'Transactions of the ledger since the exporter started: ok or failed.',
    read: ({ ledgerCommits, startedAt }) =>
      [...ledgerCommits].map(([outcome, commits]) => total(commits, startedAt, ['outcome', outcome])),
  }),
  ledgerCreated: current({
    name: 'datajobs_ledger_created_timestamp_seconds',
    otelName: 'datajobs.ledger.created.timestamp',
    unit: 's',
    kind: 'gauge',
    help: 'When the ledger was created; a later one than expected means that the old one was lost and counting started again.',
    read: ({ ledgerCreatedAt }) => single(ledgerCreatedAt),
  }),
  ledgerRuns: current({
    name: 'datajobs_ledger_runs',
    otelName: 'datajobs.ledger.runs',
    unit: '{run}',
    kind: 'gauge',
    help: 'Runs that the ledger remembers.',
    read: ({ ledgerRuns }) => single(ledgerRuns),
  }),
  series: current({
    name: 'datajobs_series',
    otelName: 'datajobs.series',
    unit: '{series}',
    kind: 'gauge',
    help: 'Series of datajobs_* families on the page, histogram buckets included.',
    read: ({ series }) => single(series),
  }),
  otlpExports: current({
    name: 'datajobs_otlp_exports_total',
    otelName: 'datajobs.otlp.exports',
    unit: '{export}',
    kind: 'counter',
    labels: ['outcome'],
    help: 'OTLP pushes since the exporter started: ok, rejected (in part) or failed.',
    read: ({ otlp, startedAt }) =>
      [...(otlp?.exports ?? [])].map(([outcome, exports]) => total(exports, startedAt, ['outcome', outcome])),
  }),
  otlpLastSuccess: current({
    name: 'datajobs_otlp_last_success_timestamp_seconds',
    otelName: 'datajobs.otlp.last_success.timestamp',
    unit: 's',
    kind: 'gauge',
    help: 'When an OTLP push last succeeded.',
    read: ({ otlp }) => single(otlp?.lastSuccessAt),
  }),
  otlpLastPushPoints: current({
    name: 'datajobs_otlp_last_push_points',
    otelName: 'datajobs.otlp.last_push_points',
    unit: '{point}',
    kind: 'gauge',
    help: 'Data points in the last OTLP push.',
    read: ({ otlp }) => single(otlp?.lastPushPoints),
  }),
};
