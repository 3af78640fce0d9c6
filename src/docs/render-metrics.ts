import { CATALOGUE } from '../metrics/catalogue.ts';
import { type Metric, type Owner, OWNER_LABELS } from '../metrics/metric.ts';

const SECTIONS: Readonly<Record<Owner, string>> = {
  job: 'Of each job',
  target: 'Of each target',
  exporter: 'Of the exporter itself',
};

/** Renders the reference of every metric, in Markdown, from the catalogue so that it cannot drift. */
export function renderMetrics(): string {
  const sections = (Object.keys(SECTIONS) as Owner[]).map((owner) => {
    const labels = OWNER_LABELS[owner].map((label) => `\`${label}\``).join(', ');
    const metrics = CATALOGUE.filter((metric) => metric.owner === owner);
    return [
      `## ${SECTIONS[owner]}`,
      '',
      labels === '' ? 'Without labels of their own kind.' : `Each carries ${labels}.`,
      '',
      '| metric | kind | more labels | meaning |',
      '| --- | --- | --- | --- |',
      ...metrics.map(renderRow),
      '',
    ].join('\n');
  });
  return [
    '# Metrics',
    '',
    'Made by `npm run docs` from `src/metrics/catalogue`. Values are those of the last poll, not of the moment of the',
    'scrape. **Durable** totals live in the ledger and go on after a restart; other counters begin anew with the process.',
    'Over OTLP the same families carry the dotted names; a receiver that names metrics as Prometheus does, with suffixes,',
    'gives back the names below.',
    '',
    ...sections,
  ].join('\n');
}

function renderRow(metric: Metric): string {
  const kind = metric.durable ? `${metric.kind}, durable` : metric.kind;
  const labels = metric.labels.map((label) => `\`${label}\``).join(', ');
  const otel = `\`${metric.otelName}\`${metric.unit === '' ? '' : ` (${metric.unit})`}`;
  return `| \`${metric.name}\`<br>${otel} | ${kind} | ${labels} | ${metric.help.replaceAll('|', '\\|')} |`;
}
