/** Long lists in the vendors' own wire, in full: what is not read of a record has to be parsed all the same. */
import type { z } from 'zod';
import { formatTimestamp, unixSeconds } from '../../src/model/time.ts';
import type { Meaning } from '../../src/model/run.ts';
import { AdverityJob } from '../../src/vendors/adverity/schema.ts';
import {
  MEANING_BY_STATE as adverityMeanings,
  toJob as toAdverityJob,
  toRunParts as fromAdverity,
} from '../../src/vendors/adverity/to-runs.ts';
import { MatatikaJob } from '../../src/vendors/matatika/schema.ts';
import {
  MEANING_BY_STATUS as matatikaMeanings,
  toRunParts as fromMatatika,
} from '../../src/vendors/matatika/to-runs.ts';
import { PolarisJob } from '../../src/vendors/polaris/schema.ts';
import { MEANINGS as polarisMeanings, toRunParts as fromPolaris } from '../../src/vendors/polaris/to-runs.ts';
import { createToRun, type RunParts } from '../../src/vendors/frame/build-run.ts';
import type { FieldReader } from '../../src/vendors/frame/read-fields.ts';
import { type ReadRecords, readRecords } from '../../src/vendors/frame/read-records.ts';
import { SnowplowRun } from '../../src/vendors/snowplow/schema.ts';
import {
  MEANING_BY_STATE as snowplowMeanings,
  toRunParts as fromSnowplow,
} from '../../src/vendors/snowplow/to-runs.ts';
import { RunRecord } from '../../src/vendors/tailer/schema.ts';
import { MEANING_BY_STATUS as tailerMeanings, toRunParts as fromTailer } from '../../src/vendors/tailer/to-runs.ts';

export interface RecordList {
  readonly vendor: string;
  /** One record of the day before `end` (in seconds); `index` makes it another than its neighbours. */
  record(index: number, end?: number): object;
  read(records: readonly unknown[]): ReadRecords;
}

const END = 1_795_000_000;
const NOW = unixSeconds(END + 86_400);
const JOBS = 200;
const SCOPE = { key: 'workspace:w', kind: 'workspace', id: 'w', workspace: 'analytics' } as const;

function startOf(index: number, end: number): number {
  return end - 600 - ((index * 7) % 86_400);
}

function time(seconds: number): string {
  return formatTimestamp(unixSeconds(seconds));
}

function uuid(index: number): string {
  const hex = ((index * 2_654_435_761) % 2 ** 32).toString(16).padStart(8, '0');
  return `${hex}-7b34-4f60-8e21-${index.toString(16).padStart(12, '0')}`;
}

const isFailed = (index: number): boolean => index % 20 === 0;

function read<Wire>(
  records: readonly unknown[],
  schema: z.ZodType<Wire>,
  table: Readonly<Record<string, Meaning>>,
  toParts: (wire: Wire, fields: FieldReader) => RunParts,
): ReadRecords {
  return readRecords(records, schema, createToRun({ table, stateMap: {} }, toParts), NOW);
}

/** A list for each vendor. */
export const RECORD_LISTS: readonly RecordList[] = [
  {
    vendor: 'snowplow',
    record: (index, end = END) => ({
      runId: uuid(index).replaceAll('-', ''),
      jobId: uuid(index % JOBS),
      jobName: `model ${index % JOBS}`,
      environment: 'com.acme-prod1',
      state: isFailed(index) ? 'FAILED' : 'SUCCEEDED',
      startTime: time(startOf(index, end)),
      duration: `PT${(index % 9) + 1}M${index % 60}S`,
      jobVersion: '1-0-2',
      schedule: null,
    }),
    read: (records) => read(records, SnowplowRun, snowplowMeanings, fromSnowplow),
  },
  {
    vendor: 'adverity',
    record: (index, end = END) => ({
      id: index,
      url: `https://acme.datatap.adverity.com/api/jobs/${index}/`,
      job_start: time(startOf(index, end)),
      job_end: time(startOf(index, end) + 60 + (index % 500)),
      range_start: '2026-11-20T00:00:00Z',
      range_end: '2026-11-21T00:00:00Z',
      scheduled: time(startOf(index, end) - 20),
      progress: 1,
      duration: '1m 20s',
      state: 3,
      state_label: isFailed(index) ? 'Failed' : 'Success',
      state_color: 'green',
      datastream: {
        id: index % JOBS,
        stack_id: 4,
        stack: {
          change_url: '/core/stack/4/change/',
          datalake: 'https://acme.datatap.adverity.com/api/storage/1/',
          extracts_url: '/core/datastreamextract/?stack_id=4',
          issues_url: '/core/datastreamextractionlog/?ack__exact=0&stack_id=4',
          id: 4,
          name: 'Performance EMEA',
          slug: 'performance-emea',
          url: 'https://acme.datatap.adverity.com/api/stacks/performance-emea/',
          permissions: { isDatastreamManager: true },
        },
        name: `Google Ads ${index % JOBS}`,
        slug: `google-ads-${index % JOBS}`,
        app_label: 'Google Ads',
        absolute_url: `https://acme.datatap.adverity.com/google-ads/${index % JOBS}/`,
        extracts_url: `/datastream/${index % JOBS}/extracts/all`,
      },
    }),
    read: (records) =>
      read(records, AdverityJob, adverityMeanings, (wire, fields) =>
        fromAdverity(wire, toAdverityJob(wire.datastream, fields), fields),
      ),
  },
  {
    vendor: 'matatika',
    record: (index, end = END) => ({
      id: uuid(index),
      created: `${time(startOf(index, end) - 20).slice(0, -1)}.223303`,
      type: 'PIPELINE_RUN',
      maxAttempts: 0,
      attempt: 0,
      commitId: '1e81ff378befa5bdc8a517bbbb77f1c897f84f00',
      exitCode: isFailed(index) ? 1 : 0,
      status: isFailed(index) ? 'ERROR' : 'COMPLETE',
      startTime: `${time(startOf(index, end)).slice(0, -1)}.537`,
      endTime: `${time(startOf(index, end) + 60 + (index % 500)).slice(0, -1)}.218`,
      _embedded: {
        pipeline: {
          id: uuid(index % JOBS),
          status: 'READY',
          name: `Pipeline ${index % JOBS}`,
          timeout: 0,
          created: '2024-10-24T15:07:59.71135',
          properties: {},
          dataComponents: ['tap-salesforce', 'Warehouse', 'dbt'],
          repositoryPath: `pipelines/Pipeline ${index % JOBS}.yml`,
        },
      },
      _links: { self: { href: `https://app.matatika.com/api/jobs/${uuid(index)}` } },
    }),
    read: (records) =>
      read(records, MatatikaJob, matatikaMeanings, (wire, fields) => fromMatatika(wire, fields, SCOPE)),
  },
  {
    vendor: 'polaris',
    record: (index, end = END) => ({
      source: { data: '{example-data}', type: 'inline' },
      createdBy: { username: 'api-key-pok_XXXXX', userId: uuid(1) },
      createdTimestamp: `${time(startOf(index, end) - 20).slice(0, -1)}.1234567`,
      desiredExecutionStatus: 'running',
      executionStatus: isFailed(index) ? 'failed' : 'completed',
      health: { status: 'ok' },
      id: uuid(index),
      lastModifiedBy: { username: 'api-key-pok_XXXXX', userId: uuid(1) },
      lastUpdatedTimestamp: `${time(startOf(index, end) + 900).slice(0, -1)}.1234567`,
      target: { tableName: `table-${index % JOBS}`, type: 'table', intervals: null },
      type: 'batch',
      startedTimestamp: `${time(startOf(index, end)).slice(0, -1)}.1234567`,
      completedTimestamp: `${time(startOf(index, end) + 60 + (index % 500)).slice(0, -1)}.1234567`,
    }),
    read: (records) =>
      read(records, PolarisJob, polarisMeanings[0], (wire, fields) => fromPolaris(wire, fields, 'project')),
  },
  {
    vendor: 'tailer',
    record: (index, end = END) => ({
      account: '000099',
      configuration_id: `000099-liquor-${index % JOBS}`,
      configuration_type: 'storage-to-storage',
      duration: `0:0${index % 9}:03.885654`,
      environment: 'DEV',
      job_id: `storage-to-storage|000099|000099-liquor-${index % JOBS}|DEV|stores-{{FD_DATE}}-{{FD_TIME}}.csv`,
      run_id: `20261121-${uuid(index)}`,
      start_execution_date: time(startOf(index, end)).replace('Z', '+00:00'),
      status: isFailed(index) ? 'FAILED' : 'SUCCESS',
    }),
    read: (records) =>
      read(records, RunRecord, tailerMeanings, (wire, fields) =>
        fromTailer(wire, fields, { account: '000099', environment: 'DEV', type: 'storage-to-storage' }),
      ),
  },
];
