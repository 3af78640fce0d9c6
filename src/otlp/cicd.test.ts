import { describe, expect, it } from 'vitest';
import { METRICS } from '../metrics/catalogue.ts';
import type { Metric } from '../metrics/metric.ts';
import type { Block, Sample } from '../metrics/samples.ts';
import { unixSeconds } from '../model/time.ts';
import { histogramValue, sample } from '../../test/support/exposition/samples.ts';
import { CICD, toCicdBlock } from './cicd.ts';

const CREATED_AT = unixSeconds(1_795_000_000);
const OWNER = ['vendor', 'adverity', 'target', 'acme', 'workspace', 'main'];

describe('the CI/CD conventions', () => {
  it('tell of a job by its required attributes, beside whose it is', () => {
    const queue = histogramValue([10], [1, 0], 3);
    const success = histogramValue([10], [2, 0], 5);
    const timeout = histogramValue([10], [0, 1], 99);
    const block: Block = {
      labels: [...OWNER, 'job_name', 'nightly', 'job_kind', 'datastream'],
      families: new Map<Metric, readonly Sample[]>([
        [METRICS.runQueue, [sample(queue, { createdAt: CREATED_AT })]],
        [
          METRICS.runDuration,
          [
            sample(success, { labels: ['result', 'success'], createdAt: CREATED_AT }),
            sample(timeout, { labels: ['result', 'timeout'], createdAt: CREATED_AT }),
          ],
        ],
        [METRICS.runsActive, [sample(2, { labels: ['state', 'executing'] }), sample(1, { labels: ['state', 'idle'] })]],
        [
          METRICS.runsFinished,
          ['success', 'failure', 'error', 'timeout', 'cancellation', 'skip', 'unknown'].map((result, index) =>
            sample(index, { labels: ['result', result], createdAt: CREATED_AT }),
          ),
        ],
      ]),
    };

    const told = toCicdBlock(block);

    const state = 'cicd.pipeline.run.state';
    expect(told.labels).toEqual([...OWNER, 'cicd.pipeline.name', 'nightly', 'job_kind', 'datastream']);
    expect([...told.families]).toEqual([
      [
        CICD.runDuration,
        [
          sample(queue, { labels: [state, 'pending'], createdAt: CREATED_AT }),
          sample(success, {
            labels: [state, 'executing', 'cicd.pipeline.result', 'success'],
            createdAt: CREATED_AT,
          }),
          sample(timeout, {
            labels: [state, 'executing', 'cicd.pipeline.result', 'timeout', 'error.type', 'timeout'],
            createdAt: CREATED_AT,
          }),
        ],
      ],
      [CICD.runActive, [sample(2, { labels: [state, 'executing'] }), sample(1, { labels: [state, 'idle'] })]],
      [
        CICD.runErrors,
        [
          sample(1, { labels: ['error.type', 'failure'], createdAt: CREATED_AT }),
          sample(2, { labels: ['error.type', 'error'], createdAt: CREATED_AT }),
          sample(3, { labels: ['error.type', 'timeout'], createdAt: CREATED_AT }),
        ],
      ],
    ]);
  });

  it('tell of a target by its failed polls', () => {
    const block: Block = {
      labels: ['vendor', 'adverity', 'target', 'acme'],
      families: new Map([
        [METRICS.polls, [sample(9, { labels: ['outcome', 'ok'] }), sample(2, { labels: ['outcome', 'rate_limited'] })]],
      ]),
    };

    const told = toCicdBlock(block);

    expect(told.labels).toEqual(block.labels);
    expect([...told.families]).toEqual([
      [CICD.systemErrors, [sample(2, { labels: ['cicd.system.component', 'api', 'error.type', 'rate_limited'] })]],
    ]);
  });
});
