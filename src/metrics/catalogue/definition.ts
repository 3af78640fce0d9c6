/** Definitions of metrics: the facts that `Metric` has, and where the samples come from. */
import type { Fact } from '../../ledger/facts.ts';
import type { Result } from '../../model/run.ts';
import type { UnixSeconds } from '../../model/time.ts';
import type { Metric, Owner } from '../metric.ts';
import type { Sample } from '../samples.ts';

/** A metric that is read anew from what is known now, whenever its block is drawn. */
export interface CurrentMetric<View> extends Metric {
  readonly durable: false;
  /** Its samples, without the owner's labels; empty: it is not shown. */
  readonly read: (view: View) => readonly Sample[];
}

/** A counter or histogram whose totals are in the ledger. It only grows, by facts. */
export interface DurableMetric extends Metric {
  readonly durable: true;
  readonly adds: Additions;
  /** Labels of the series that are there from the start, at 0. */
  readonly fromStart: (limits: TotalLimits) => readonly (readonly string[])[];
  /** null: its labels have few values by themselves. */
  readonly cap: LabelCap | null;
}

export type MetricDefinition<View> = CurrentMetric<View> | DurableMetric;

/** Functions by kind of fact that give what one such fact adds; null: nothing. */
export type Additions = {
  readonly [Kind in Fact['kind']]?: (fact: Fact & { readonly kind: Kind }) => Addition | null;
};

/** An amount, and the series that it is added to. */
export interface Addition {
  /** Names and values alternating, beyond the owner's. */
  readonly labels: readonly string[];
  /** By how much a counter grows, or the one value that a histogram observes. */
  readonly amount: number;
  /** The run that the series then shows as its exemplar; absent: none. */
  readonly run?: { readonly id: string; readonly endedAt: UnixSeconds };
}

/** Bounds of a target's totals by its vendor and the configuration. */
export interface TotalLimits {
  /** Results that the vendor can produce. */
  readonly results: readonly Result[];
  readonly maxSteps: number;
}

/** Bounds the values of a metric's first label. Metrics that have the same cap show the same values of an owner. */
export interface LabelCap {
  /** Most values that an owner shows by themselves. */
  readonly most: (limits: TotalLimits) => number;
  /** Stands for all further values. */
  readonly other: string;
}

type Common = Omit<Metric, 'owner' | 'durable' | 'labels' | 'unit'> & Partial<Pick<Metric, 'labels' | 'unit'>>;
type CurrentFields<View> = Common & Pick<CurrentMetric<View>, 'read'>;
type DurableFields = Common & Pick<DurableMetric, 'adds'> & Partial<Pick<DurableMetric, 'fromStart' | 'cap'>>;

/** Functions that define metrics of one owner, each without labels and unit unless it says others. */
export function createDefinitions<View>(owner: Owner): {
  current(fields: CurrentFields<View>): CurrentMetric<View>;
  durable(fields: DurableFields): DurableMetric;
} {
  const shared = { owner, labels: [], unit: '' } as const;
  return {
    current: (fields) => ({ ...shared, durable: false, ...fields }),
    durable: (fields) => ({ ...shared, durable: true, fromStart: () => [], cap: null, ...fields }),
  };
}

/** The sample of a gauge; true is shown as 1, false as 0. */
export function gauge(value: number | boolean, labels: readonly string[] = []): Sample {
  return { labels, value: Number(value), createdAt: null, exemplar: null };
}

/** The one sample of a gauge without labels; none where the value is not known. */
export function single(value: number | boolean | null | undefined): readonly Sample[] {
  return value === null || value === undefined ? [] : [gauge(value)];
}

/** The sample of a counter or histogram that began at `createdAt`. */
export function total(value: Sample['value'], createdAt: UnixSeconds, labels: readonly string[] = []): Sample {
  return { labels, value, createdAt, exemplar: null };
}
