/** Turns one family of one block into lines of either format. Knows nothing of pages, caches or HTTP. */
import { bucketIndex } from '../metrics/histogram.ts';
import type { Metric } from '../metrics/metric.ts';
import type { Block, Exemplar, HistogramValue, Sample } from '../metrics/samples.ts';
import type { UnixSeconds } from '../model/time.ts';
import { escapeHelp, type Format, formatLabels } from './format.ts';
import { formatBound, formatNumber } from './numbers.ts';

export interface RenderOptions {
  readonly format: Format;
  /** Adds `_created` lines; only OpenMetrics has them. */
  readonly created: boolean;
}

export interface Renderer {
  /** The HELP and TYPE lines (and UNIT, where the name ends in one) that come before a family's samples. */
  head(metric: Metric): string;
  /** The lines of some samples of one block, each ended by a line feed. */
  samples(metric: Metric, block: Block, samples: readonly Sample[]): string;
}

/** Most characters that names and values of an exemplar's labels may have together. @see OpenMetrics 1.0, "Exemplars" */
const MAX_EXEMPLAR_CHARACTERS = 128;

/** Makes a renderer; it remembers the label text of blocks and bounds that it has met. */
export function createRenderer({ format, created }: RenderOptions): Renderer {
  const openMetrics = format === 'openmetrics';
  const withCreated = openMetrics && created;
  const blockLabels = new WeakMap<Block, string>();
  const boundTexts = new WeakMap<readonly number[], readonly string[]>();

  const remembered = <K extends WeakKey, V>(memory: WeakMap<K, V>, key: K, make: () => V): V => {
    const known = memory.get(key);
    if (known !== undefined) return known;
    const made = make();
    memory.set(key, made);
    return made;
  };

  function createdLine(metric: Metric, labels: string, createdAt: UnixSeconds | null): string {
    if (!withCreated || createdAt === null) return '';
    return `${familyName(metric)}_created${labels} ${formatNumber(createdAt)}\n`;
  }

  function histogram(metric: Metric, labels: string, sample: Sample, value: HistogramValue): string {
    const { name } = metric;
    const bounds = remembered(boundTexts, value.bounds, () =>
      value.bounds.map((bound) => formatBound(bound, openMetrics)),
    );
    const before = `${name}_bucket{${labels === '' ? '' : `${labels},`}le="`;
    const exemplarBucket =
      openMetrics && sample.exemplar !== null ? bucketIndex(value.bounds, sample.exemplar.value) : -1;
    let lines = '';
    let cumulative = 0;
    for (let index = 0; index < bounds.length; index += 1) {
      cumulative += value.counts[index] ?? 0;
      lines += `${before}${bounds[index]}"} ${cumulative}`;
      lines += index === exemplarBucket ? formatExemplar(sample.exemplar) : '\n';
    }
    lines += `${before}+Inf"} ${value.count}`;
    lines += exemplarBucket === bounds.length ? formatExemplar(sample.exemplar) : '\n';
    const braced = labels === '' ? '' : `{${labels}}`;
    lines += `${name}_sum${braced} ${formatNumber(value.sum)}\n${name}_count${braced} ${value.count}\n`;
    return lines + createdLine(metric, braced, sample.createdAt);
  }

  function scalar(metric: Metric, labels: string, sample: Sample, value: number): string {
    const braced = labels === '' ? '' : `{${labels}}`;
    const line = `${metric.name}${braced} ${formatNumber(value)}`;
    if (metric.kind !== 'counter') return `${line}\n`;
    const ending = openMetrics ? formatExemplar(sample.exemplar) : '\n';
    return line + ending + createdLine(metric, braced, sample.createdAt);
  }

  return {
    head(metric) {
      const name = openMetrics ? familyName(metric) : metric.name;
      const unit = openMetrics && name.endsWith('_seconds') ? `# UNIT ${name} seconds\n` : '';
      return `# HELP ${name} ${escapeHelp(metric.help, format)}\n# TYPE ${name} ${metric.kind}\n${unit}`;
    },
    samples(metric, block, samples) {
      const shared = remembered(blockLabels, block, () => formatLabels(block.labels));
      let lines = '';
      for (const sample of samples) {
        const own = formatLabels(sample.labels);
        const labels = shared === '' || own === '' ? shared + own : `${shared},${own}`;
        lines +=
          typeof sample.value === 'number'
            ? scalar(metric, labels, sample, sample.value)
            : histogram(metric, labels, sample, sample.value);
      }
      return lines;
    },
  };
}

/** OpenMetrics names a counter's family without the `_total` of its samples. */
function familyName(metric: Metric): string {
  return metric.kind === 'counter' ? metric.name.replace(/_total$/, '') : metric.name;
}

/** The end of a line: ` # {run_id="…"} value timestamp` where there is an exemplar that fits, and the line feed. */
function formatExemplar(exemplar: Exemplar | null): string {
  if (exemplar === null || 'run_id'.length + Array.from(exemplar.runId).length > MAX_EXEMPLAR_CHARACTERS) return '\n';
  return ` # {${formatLabels(['run_id', exemplar.runId])}} ${formatNumber(exemplar.value)} ${formatNumber(exemplar.at)}\n`;
}
