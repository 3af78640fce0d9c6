/**
 * Every metric, once: its files are the only ones that know the names. What is served, pushed, linted, documented and
 * drawn on dashboards is made from it.
 */
import { EXPORTER_METRICS } from './catalogue/exporter.ts';
import { JOB_METRICS } from './catalogue/job.ts';
import { TARGET_METRICS } from './catalogue/target.ts';
import type { Metric } from './metric.ts';

/** Every metric by the key that the ledger knows it by, in the order of the page. */
export const METRICS = { ...JOB_METRICS, ...TARGET_METRICS, ...EXPORTER_METRICS };
export type MetricKey = keyof typeof METRICS;

/** Every metric in the order of the page. */
export const CATALOGUE: readonly Metric[] = Object.values(METRICS);
