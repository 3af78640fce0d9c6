import { gunzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExposition } from '../../test/support/exposition/parse-exposition.ts';
import {
  countingBlock,
  exemplar,
  histogramValue,
  jobBlock,
  sample,
  snapshot,
} from '../../test/support/exposition/samples.ts';
import { CATALOGUE, METRICS } from '../metrics/catalogue.ts';
import type { Metric } from '../metrics/metric.ts';
import type { Block, Snapshot } from '../metrics/samples.ts';
import { createPage, type Page, type PageOptions, type PageRequest } from './page.ts';

const TEXT: PageRequest = { format: 'text', gzip: false, created: false };
const ALL_REQUESTS: readonly PageRequest[] = (['text', 'openmetrics'] as const).flatMap((format) =>
  [false, true].flatMap((gzip) => [false, true].map((created) => ({ format, gzip, created }))),
);

function setUp(blocks: readonly Block[], options: Partial<PageOptions> = {}) {
  let current: Snapshot = snapshot(1, blocks);
  const source = { current: () => current };
  const page = createPage({ source, catalogue: CATALOGUE, extraLines: null, reportDuplicate: () => {}, ...options });
  const publish = (next: readonly Block[]): void => {
    current = snapshot(current.generation + 1, next);
  };
  return { page, publish };
}

async function readText(page: Page, request: PageRequest): Promise<string> {
  const { buffers, headers } = await page.read(request);
  const body = Buffer.concat(buffers);
  expect(headers['content-length']).toBe(String(body.length));
  return (request.gzip ? gunzipSync(body) : body).toString();
}

const labelValue = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('"', '\\', '\n', 'n', '\r', '\0', '{', ',', 'é', '🦉', '\ud800', '\udc00') }),
);
const value = fc.oneof(fc.double(), fc.constantFrom(NaN, Infinity, -Infinity, 0, 2 ** 53));
const anyBlock = fc
  .record({
    name: labelValue,
    counter: fc.option(fc.record({ result: labelValue, count: fc.nat(), runId: labelValue }), { nil: null }),
    gauge: fc.option(value, { nil: null }),
    buckets: fc.option(fc.array(fc.nat(1000), { minLength: 4, maxLength: 4 }), { nil: null }),
  })
  .map(({ name, counter, gauge, buckets }) => {
    const families = new Map<Metric, readonly ReturnType<typeof sample>[]>();
    if (counter !== null) {
      const { result, count, runId } = counter;
      families.set(METRICS.runsFinished, [sample(count, { labels: ['result', result], exemplar: exemplar(runId, 1) })]);
    }
    if (gauge !== null) families.set(METRICS.lastRunExitCode, [sample(gauge)]);
    if (buckets !== null) families.set(METRICS.runQueue, [sample(histogramValue([1, 10, 100], buckets, 7))]);
    return jobBlock(name, [...families]);
  });

describe('the page', () => {
  it('shows families in the order of the catalogue, and none without samples', async () => {
    const { page } = setUp([
      jobBlock('a', [[METRICS.jobInfo, [sample(1, { labels: ['job_id', '7', 'url', ''] })]]]),
      countingBlock('b', 2),
    ]);

    const text = await readText(page, TEXT);

    expect(text).toBe(`\
# HELP datajobs_runs_finished_total Finished runs by result, each counted exactly once, also over restarts and outages.
# TYPE datajobs_runs_finished_total counter
datajobs_runs_finished_total{vendor="snowplow",job_name="b",result="success"} 2
# HELP datajobs_job_info Always 1; the vendor's id of the job and its page for people, each empty where not known.
# TYPE datajobs_job_info gauge
datajobs_job_info{vendor="snowplow",job_name="a",job_id="7",url=""} 1
`);
  });

  it('is empty before anything is known, and in OpenMetrics only its end', async () => {
    const { page } = setUp([]);

    const pages = await Promise.all(ALL_REQUESTS.map((request) => readText(page, request)));

    expect(pages).toEqual(['', '', '', '', '# EOF\n', '# EOF\n', '# EOF\n', '# EOF\n']);
  });

  it('says what it is', async () => {
    const { page } = setUp([countingBlock('a', 1)]);

    const answer = await page.read({ format: 'openmetrics', gzip: true, created: false });

    expect(answer.headers).toEqual({
      'content-type': 'application/openmetrics-text; version=1.0.0; charset=utf-8',
      'content-encoding': 'gzip',
      'content-length': expect.stringMatching(/^\d+$/) as string,
      vary: 'Accept, Accept-Encoding',
    });
    expect(answer.snapshot.generation).toBe(1);
  });

  it('ends with the extra lines, in OpenMetrics before # EOF', async () => {
    const extraLines = { read: (format: string) => Promise.resolve(`# HELP extra ${format}\n`) };
    const { page } = setUp([], { extraLines });

    const pages = await Promise.all(ALL_REQUESTS.map((request) => readText(page, request)));

    expect(new Set(pages)).toEqual(new Set(['# HELP extra text\n', '# HELP extra openmetrics\n# EOF\n']));
  });

  it('answers from the same buffers while nothing has changed', async () => {
    const { page } = setUp([countingBlock('a', 1)]);

    const first = await page.read(TEXT);
    const second = await page.read(TEXT);

    expect(second).toBe(first);
  });

  it('keeps the buffers of pieces in which nothing is shown differently', async () => {
    const { page, publish } = setUp([countingBlock('a', 1)]);
    const before = await page.read(TEXT);

    publish([countingBlock('a', 1)]);
    const after = await page.read(TEXT);

    expect(after.snapshot.generation).toBe(2);
    expect(after.buffers[1]).toBe(before.buffers[1]);
  });

  it('joins a family that was sent often, and still changes only what changed', async () => {
    let reads = 0;
    const extraLines = { read: () => Promise.resolve(`# HELP extra read ${(reads += 1)}\n`) };
    const jobs = Array.from({ length: 200 }, (_, index) => countingBlock(`job ${index}`, 1));
    const changed = jobs.with(100, countingBlock('job 100', 2));
    const { page, publish } = setUp(jobs, { extraLines });
    const first = await readText(page, TEXT);

    for (let read = 0; read < 10; read += 1) await page.read(TEXT);
    const joined = await page.read(TEXT);
    publish(changed);
    const text = await readText(page, TEXT);

    const ending = (read: number): string => `# HELP extra read ${read}\n`;
    expect(joined.buffers).toHaveLength(2);
    expect(Buffer.concat(joined.buffers).toString()).toBe(first.replace(ending(1), ending(12)));
    expect(text).toBe((await readText(setUp(changed).page, TEXT)) + ending(13));
  });

  it('shares the work of readers that ask at the same time', async () => {
    const { page } = setUp([countingBlock('a', 1)]);
    const request = { format: 'text', gzip: true, created: false } as const;

    const [first, second] = await Promise.all([page.read(request), page.read(request)]);

    expect(second).toBe(first);
  });

  it('keeps the first of two series with equal labels, within a block and between blocks, and reports it once', async () => {
    const reported: string[] = [];
    const success = (count: number) => sample(count, { labels: ['result', 'success'] });
    const { page, publish } = setUp(
      [
        jobBlock('a', [[METRICS.runsFinished, [success(1), success(2)]]]),
        jobBlock('a', [[METRICS.runsFinished, [success(3), sample(4, { labels: ['result', 'failure'] })]]]),
      ],
      { reportDuplicate: (metric, labels) => reported.push(`${metric.name} ${labels.join(' ')}`) },
    );

    const text = await readText(page, TEXT);
    publish([countingBlock('a', 5), countingBlock('a', 6)]);
    const later = await readText(page, TEXT);

    expect(text.split('\n').slice(2, -1)).toEqual([
      'datajobs_runs_finished_total{vendor="snowplow",job_name="a",result="success"} 1',
      'datajobs_runs_finished_total{vendor="snowplow",job_name="a",result="failure"} 4',
    ]);
    expect(later).toContain('result="success"} 5\n');
    expect(reported).toEqual(['datajobs_runs_finished_total vendor snowplow job_name a result success']);
  });

  it('is what it would be if rendered anew, after any sequence of changes', async () => {
    const generations = fc.array(fc.array(fc.tuple(fc.nat(60), fc.nat(3)), { maxLength: 40 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(generations, async (changes) => {
        const { page, publish } = setUp([]);
        let blocks = new Map<number, Block>();
        for (const changed of changes) {
          blocks = new Map(blocks);
          // 0 removes a job; other numbers add it or give it that many runs.
          for (const [job, runs] of changed) {
            if (runs === 0) blocks.delete(job);
            else blocks.set(job, countingBlock(`job ${job}`, runs));
          }
          publish([...blocks].sort(([a], [b]) => a - b).map(([, block]) => block));
          const fresh = setUp([...blocks].sort(([a], [b]) => a - b).map(([, block]) => block)).page;
          for (const request of ALL_REQUESTS) {
            expect(await readText(page, request)).toBe(await readText(fresh, request));
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  it('can be read back whole, whatever labels and values hold', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyBlock, { maxLength: 30 }),
        fc.constantFrom(...ALL_REQUESTS),
        async (blocks, request) => {
          const { page } = setUp(blocks);

          const families = parseExposition(await readText(page, request), request.format === 'openmetrics');

          const gauges = families.find(({ name }) => name === METRICS.lastRunExitCode.name)?.samples ?? [];
          const first = new Map<string, unknown>();
          for (const block of blocks) {
            const [shown] = block.families.get(METRICS.lastRunExitCode) ?? [];
            const name = block.labels[3]!.toWellFormed();
            if (shown !== undefined && !first.has(name)) first.set(name, Object.is(shown.value, -0) ? 0 : shown.value);
          }
          expect(new Map(gauges.map((gauge) => [gauge.labels['job_name'], gauge.value]))).toEqual(first);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('has histograms whose buckets rise to their count', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(1000), { minLength: 4, maxLength: 4 }), async (counts) => {
        const { page } = setUp([
          jobBlock('a', [[METRICS.runQueue, [sample(histogramValue([1, 10, 100], counts, 7))]]]),
        ]);

        const [family] = parseExposition(await readText(page, TEXT), false);

        const values = family!.samples.map((each) => each.value);
        const rising = counts.map((_, index) => counts.slice(0, index + 1).reduce((sum, count) => sum + count, 0));
        expect(values).toEqual([...rising, 7, rising.at(-1)]);
      }),
      { numRuns: 50 },
    );
  });
});
