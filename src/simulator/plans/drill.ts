/** A small dense plan for tests: every vendor, every result, a run every few seconds. */
import { seconds } from '../../model/time.ts';
import type { JobPlan } from '../world.ts';
import { jobsOf, range } from './jobs-of.ts';

const FAST = { every: seconds(3), duration: range(1, 2), evenly: true } as const;
const SLOW = { every: seconds(10), duration: range(2, 5), evenly: true } as const;

/**
 * Twelve jobs, two and more at each vendor, about 190 finished runs a minute. No run hangs, vanishes, shows late or
 * changes its result; add such jobs where a test needs them.
 */
export const DRILL_PLAN: readonly JobPlan[] = [
  ...jobsOf({ vendor: 'snowplow', workspace: 'com.acme-prod1', kind: 'data_model', queue: range(0, 1) }, [
    { ...FAST, name: 'sessions', results: { success: 3, failure: 1, skip: 1 }, steps: ['git-clone-cache', 'run-dbt'] },
    { ...SLOW, name: 'attribution', results: { success: 2, failure: 1 }, steps: ['run-dbt', 'test-dbt'] },
  ]),
  ...jobsOf({ vendor: 'adverity', workspace: 'Performance', queue: range(0, 1) }, [
    {
      ...FAST,
      name: 'Google Ads',
      kind: 'Google Ads',
      results: { success: 5, failure: 2, cancellation: 1, skip: 1, error: 1 },
    },
    { ...SLOW, name: 'Facebook', kind: 'Facebook', results: { success: 3, failure: 1 } },
  ]),
  ...jobsOf({ vendor: 'matatika', workspace: 'Analytics', kind: 'PIPELINE_RUN', queue: range(0, 1) }, [
    { ...FAST, name: 'orders', results: { success: 3, failure: 1, cancellation: 1 } },
    { ...SLOW, name: 'orders', kind: 'PIPELINE_VERIFY', results: { success: 1 } },
    { ...SLOW, name: 'Analytics', kind: 'WORKSPACE_INIT', results: { success: 3, failure: 1 } },
  ]),
  ...jobsOf({ vendor: 'polaris', workspace: 'realtime', kind: 'batch', queue: range(0, 1) }, [
    { ...FAST, name: 'orders', rowsPerSecond: 500, results: { success: 3, failure: 1, cancellation: 1 } },
    {
      name: 'clicks',
      kind: 'streaming',
      streaming: true,
      every: seconds(60),
      duration: range(0, 0),
      results: { cancellation: 1 },
      rowsPerSecond: 100,
      idlePercent: 20,
      pausedPercent: 10,
      cycle: seconds(10),
    },
  ]),
  ...jobsOf({ vendor: 'tailer', workspace: '000099/DEV', kind: 'table-to-table', queue: range(0, 1) }, [
    { ...FAST, name: '000099_sales_prepare_pda_DEV', results: { success: 3, failure: 1 } },
    { ...SLOW, name: '000099_receipts', kind: 'storage-to-storage', results: { success: 3, failure: 1, skip: 1 } },
    { ...SLOW, name: '000099_nightly_sales', kind: 'vm-launcher', untimed: true, results: { success: 1 } },
  ]),
];
