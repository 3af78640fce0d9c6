import { type ParsedSample, parseExposition } from './exposition/parse-exposition.ts';

/** A page of metrics, strictly read: a page that the format forbids throws. */
export interface Exposition {
  readonly text: string;
  /** By family. */
  readonly types: ReadonlyMap<string, string>;
  readonly samples: readonly ParsedSample[];
  /** Samples of this name whose labels hold these. */
  select(name: string, labels?: Readonly<Record<string, string>>): readonly ParsedSample[];
  /** Sum of them; 0 if there are none. */
  sum(name: string, labels?: Readonly<Record<string, string>>): number;
  /** Value of the only one; null if there is none. @throws Error if there are several */
  value(name: string, labels?: Readonly<Record<string, string>>): number | null;
}

export function readExposition(text: string, format: 'text' | 'openmetrics' = 'text'): Exposition {
  const families = parseExposition(text, format === 'openmetrics');
  const samples = families.flatMap((family) => family.samples);
  const select: Exposition['select'] = (name, labels = {}) =>
    samples.filter(
      (sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    );
  return {
    text,
    samples,
    select,
    types: new Map(families.map(({ name, type }) => [name, type])),
    sum: (name, labels) => select(name, labels).reduce((sum, { value }) => sum + value, 0),
    value: (name, labels) => {
      const [only, ...others] = select(name, labels);
      if (others.length > 0) throw new Error(`${name}${JSON.stringify(labels)} is not one series`);
      return only?.value ?? null;
    },
  };
}

/** Number of targets that are up by the page. */
export function targetsUp(page: Exposition): number {
  return page.sum('datajobs_target_up');
}

/** Counters that start again at 0 with the process; all others outlive it. @see spec rule 14 */
const PROCESS_LOCAL = /^(?:datajobs_(?:polls_total|api_.*|ledger_commits_total|otlp_.*)|process_.*|nodejs_.*)$/;

/** Values of all counters and histogram parts by series, `name{labels}`; `durable`: only those that outlive a process. */
export function counterValues(page: Exposition, kind: 'all' | 'durable'): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  for (const { name, labels, value } of page.samples) {
    const isCounter = /_(?:total|bucket|count|sum)$/.test(name) && page.types.get(name) !== 'gauge';
    if (!isCounter || (kind === 'durable' && PROCESS_LOCAL.test(name.replace(/_(?:bucket|count|sum)$/, '')))) continue;
    values.set(`${name}${JSON.stringify(labels)}`, value);
  }
  return values;
}

/** Series that stood higher before, as `name{labels}: 3 -> 2`. */
export function fallenCounters(before: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): string[] {
  return [...now].flatMap(([series, value]) => {
    const earlier = before.get(series) ?? 0;
    return value < earlier ? [`${series}: ${earlier} -> ${value}`] : [];
  });
}
