/** Reads PromQL with Prometheus' own grammar, to see which metrics and labels a query names. */
import { parser } from '@prometheus-io/lezer-promql';
import { CATALOGUE } from '../../src/metrics/catalogue.ts';
import { OWNER_LABELS } from '../../src/metrics/metric.ts';
import type { Rule } from '../../dashboards/src/rules.ts';

/** A metric as a query names it, with the labels of its matchers. */
interface Named {
  readonly metric: string;
  readonly labels: readonly string[];
}

/** Names in a query. */
interface Names {
  readonly selectors: readonly Named[];
  /** Labels of `by`, `on`, `ignoring`, `without`, `group_left`, `group_right`. */
  readonly grouping: readonly string[];
}

/** @throws Error where the text is no PromQL. Grafana's variables are replaced by values first. */
export function namesIn(query: string): Names {
  const text = withoutVariables(query);
  const selectors: Named[] = [];
  const grouping: string[] = [];
  parser.parse(text).iterate({
    enter: (node) => {
      if (node.type.isError) throw new Error(`not PromQL at ${String(node.from)}: ${text}`);
      if (node.name === 'VectorSelector') {
        const labels = node.node
          .getChild('LabelMatchers')
          ?.getChildren('UnquotedLabelMatcher')
          .map((matcher) => matcher.getChild('LabelName'))
          .map((label) => (label === null ? '' : text.slice(label.from, label.to)));
        const name = node.node.getChild('Identifier');
        selectors.push({ metric: name === null ? '' : text.slice(name.from, name.to), labels: labels ?? [] });
      }
      if (node.name === 'GroupingLabels') {
        grouping.push(...node.node.getChildren('LabelName').map((label) => text.slice(label.from, label.to)));
      }
    },
  });
  return { selectors, grouping };
}

/** A dashboard's query as Prometheus gets it, with "All" chosen everywhere and the range `range`. */
export function withoutVariables(query: string, range = '1h'): string {
  return query
    .replaceAll(/\$__(?:range|interval|rate_interval)\b/g, range)
    .replaceAll(/"\$(?:vendor|target|workspace|job)"/g, '".*"');
}

/** Added by whoever scrapes or receives. */
const ATTACHED = ['job', 'instance'];

/** Labels by name of every series that may be named: the catalogue's, Prometheus' own, and the process's. */
function servedSeries(): Map<string, ReadonlySet<string>> {
  const series = new Map<string, ReadonlySet<string>>([
    ['up', new Set(ATTACHED)],
    ['process_start_time_seconds', new Set(ATTACHED)],
    ['process_cpu_seconds_total', new Set(ATTACHED)],
    ['process_resident_memory_bytes', new Set(ATTACHED)],
    ['nodejs_eventloop_lag_p99_seconds', new Set(ATTACHED)],
  ]);
  for (const { name, kind, owner, labels } of CATALOGUE) {
    const own = [...OWNER_LABELS[owner], ...labels, ...ATTACHED];
    const parts = kind === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
    for (const part of parts) series.set(name + part, new Set(part === '_bucket' ? [...own, 'le'] : own));
  }
  return series;
}

/** The same with the series that the rules record: they can have the labels of what they are made from. */
export function knownSeries(rules: readonly Rule[]): ReadonlyMap<string, ReadonlySet<string>> {
  const series = servedSeries();
  // What a user's own rules record (docs/alerts.md).
  series.set('datajobs:limit:override', new Set([...OWNER_LABELS.job, 'limit']));
  for (const rule of rules) {
    if (!('record' in rule)) continue;
    const { selectors } = namesIn(rule.expr);
    const sources = selectors.flatMap(({ metric }) => [...(series.get(metric) ?? [])]);
    const before = series.get(rule.record) ?? [];
    series.set(rule.record, new Set([...before, ...sources, ...Object.keys(rule.labels ?? {})]));
  }
  return series;
}

/** Names in a query that nobody has: `metric` or `metric{label}`; and buckets by a literal bound. */
export function unknownNames(query: string, known: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  const { selectors, grouping } = namesIn(query);
  const labels = new Set(selectors.flatMap(({ metric }) => [...(known.get(metric) ?? [])]));
  // Made within the query by label_replace.
  for (const [, made] of query.matchAll(/label_replace\(.*?, "(\w+)", "/gs)) labels.add(made ?? '');
  return [
    ...selectors.filter(({ metric }) => !known.has(metric)).map(({ metric }) => metric),
    ...selectors.flatMap(({ metric, labels: matched }) =>
      matched
        .filter((label) => known.get(metric)?.has(label) !== true || label === 'le')
        .map((label) => `${metric}{${label}}`),
    ),
    ...grouping.filter((label) => !labels.has(label)),
  ];
}
