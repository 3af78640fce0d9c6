/** Labels that come before a metric's own, by what the metric is about. */
export const OWNER_LABELS = {
  job: ['vendor', 'target', 'workspace', 'job_name', 'job_kind'],
  target: ['vendor', 'target'],
  exporter: [],
} as const;
export type Owner = keyof typeof OWNER_LABELS;

/**
 * A metric as encoders, documents and dashboards need it.
 *
 * The OTLP name and unit are chosen so that a receiver's Prometheus naming with suffixes gives back `name`.
 * @see spec section 3
 */
export interface Metric {
  readonly name: string;
  readonly otelName: string;
  /** UCUM, as OTLP carries it; empty: none. */
  readonly unit: '' | 's' | 'By' | '1' | `{${string}}`;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly owner: Owner;
  /** Labels beyond the owner's, in the order they are shown. */
  readonly labels: readonly string[];
  /** True: its totals live in the ledger and survive restarts. False: a gauge, or a count of this process alone. */
  readonly durable: boolean;
  readonly help: string;
}
