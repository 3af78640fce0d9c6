/** The runs under the names of the OpenTelemetry CI/CD conventions, pushed beside our own metrics. */
import { METRICS } from '../metrics/catalogue.ts';
import type { Block, Sample } from '../metrics/samples.ts';
import { FAILURES } from '../model/run.ts';
import type { OtlpBlock, OtlpFamily } from './families.ts';

/**
 * The four metrics, each with its required attributes.
 *
 * Beside those every point keeps our own labels (less `job_name`, which is `cicd.pipeline.name`): two targets may
 * well have pipelines of one name. States that the conventions do not list (`idle`, `paused`, `unknown`) and the
 * result `unknown` are passed on as they are; `error.type` is the result of a failed run (`failure`, `error`,
 * `timeout`) or the outcome of a failed poll (`auth`, `rate_limited`, ...).
 *
 * @see https://opentelemetry.io/docs/specs/semconv/cicd/cicd-metrics/ v1.44.0 (read 2026-11-22)
 */
export const CICD = {
  runDuration: {
    otelName: 'cicd.pipeline.run.duration',
    unit: 's',
    kind: 'histogram',
    durable: true,
    help: 'Duration of a pipeline run grouped by pipeline, state and result.',
  },
  runActive: {
    otelName: 'cicd.pipeline.run.active',
    unit: '{run}',
    kind: 'up_down_counter',
    durable: true,
    help: 'The number of pipeline runs currently active in the system by state.',
  },
  runErrors: {
    otelName: 'cicd.pipeline.run.errors',
    unit: '{error}',
    kind: 'counter',
    durable: true,
    help: 'The number of errors encountered in pipeline runs.',
  },
  systemErrors: {
    otelName: 'cicd.system.errors',
    unit: '{error}',
    kind: 'counter',
    durable: false,
    help: 'The number of errors in a component of the CICD system: polls of its API that failed.',
  },
} as const satisfies Record<string, OtlpFamily>;

const STATE = 'cicd.pipeline.run.state';
const FAILURE_WORDS: ReadonlySet<string> = new Set(FAILURES);

/** Converts a block of one job or one target to the conventions' metrics; without families where they have none for it. */
export function toCicdBlock(block: Block): OtlpBlock {
  const nameAt = block.labels.findIndex((label, index) => index % 2 === 0 && label === 'job_name');
  const families = new Map<OtlpFamily, readonly Sample[]>();
  const add = (family: OtlpFamily, samples: readonly Sample[]): void => {
    if (samples.length > 0) families.set(family, samples);
  };
  add(CICD.runDuration, [
    ...samplesOf(block, METRICS.runQueue).map((sample) => relabel(sample, [STATE, 'pending'])),
    ...samplesOf(block, METRICS.runDuration).map((sample) =>
      relabel(sample, [STATE, 'executing', ...toResult(sample)]),
    ),
  ]);
  add(
    CICD.runActive,
    samplesOf(block, METRICS.runsActive).map((sample) => relabel(sample, [STATE, labelOf(sample, 'state')])),
  );
  add(
    CICD.runErrors,
    samplesOf(block, METRICS.runsFinished)
      .filter((sample) => FAILURE_WORDS.has(labelOf(sample, 'result')))
      .map((sample) => relabel(sample, ['error.type', labelOf(sample, 'result')])),
  );
  add(
    CICD.systemErrors,
    samplesOf(block, METRICS.polls)
      .filter((sample) => labelOf(sample, 'outcome') !== 'ok')
      .map((sample) => relabel(sample, ['cicd.system.component', 'api', 'error.type', labelOf(sample, 'outcome')])),
  );
  const labels = nameAt === -1 ? block.labels : block.labels.with(nameAt, 'cicd.pipeline.name');
  return { labels, families };
}

function samplesOf(block: Block, metric: Parameters<Block['families']['get']>[0]): readonly Sample[] {
  return block.families.get(metric) ?? [];
}

function labelOf({ labels }: Sample, name: string): string {
  return labels[labels.findIndex((label, index) => index % 2 === 0 && label === name) + 1] ?? '';
}

function toResult(sample: Sample): readonly string[] {
  const result = labelOf(sample, 'result');
  const type = FAILURE_WORDS.has(result) ? ['error.type', result] : [];
  return ['cicd.pipeline.result', result, ...type];
}

function relabel(sample: Sample, labels: readonly string[]): Sample {
  return { ...sample, labels };
}
