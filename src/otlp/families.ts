import type { Metric } from '../metrics/metric.ts';
import type { Sample } from '../metrics/samples.ts';

/** A metric as OTLP carries it: one of the catalogue, or one of the CI/CD conventions. */
export interface OtlpFamily {
  readonly otelName: string;
  readonly unit: string;
  readonly help: string;
  /** An up-down counter is a gauge whose values may be added up. */
  readonly kind: Metric['kind'] | 'up_down_counter';
  /** True: its totals outlive this process. */
  readonly durable: boolean;
}

/** Samples that share labels: a block, or what the conventions make of one. */
export interface OtlpBlock {
  readonly labels: readonly string[];
  readonly families: ReadonlyMap<OtlpFamily, readonly Sample[]>;
}

/** Tells a block from the others of a snapshot, and a sample from the others of its family in a block. */
export function keyOf({ labels }: { readonly labels: readonly string[] }): string {
  return labels.join('\0');
}
