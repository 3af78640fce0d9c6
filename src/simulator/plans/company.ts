/**
 * The jobs of Acme, a shop that sells and advertises online and runs its data platform on all five vendors. Within ten
 * minutes nearly every result and state that a vendor knows has shown; each vendor has a flaky job, and there
 * is one whose runs sometimes hang, one whose runs show late, and one whose runs a person deletes.
 */
import { DAY, HOUR, type Seconds, seconds } from '../../model/time.ts';
import type { JobPlan } from '../world.ts';
import { jobsOf, minutes, nightly, range } from './jobs-of.ts';

/** The time that a world of this plan should have begun before the present, so that nightly jobs have a past. */
export const COMPANY_HISTORY: Seconds = seconds(7 * DAY);

const RELIABLE = { success: 99, failure: 1 };
/** Set up only the other day, so that a busy job has no long list of runs behind it. */
const RECENT = { phase: seconds(COMPANY_HISTORY - DAY / 2), evenly: true };

const PROD = 'com.acme-prod1';
const STANDARD_MODEL = ['git-clone-cache', 'fetch-warehouse-credentials', 'run-dbt', 'test-dbt', 'grant-access'];
const WIDE_MODEL = [
  'git-clone-cache',
  { name: 'run-dbt-staging', after: ['git-clone-cache'] },
  { name: 'run-dbt-web', after: ['run-dbt-staging'] },
  { name: 'run-dbt-mobile', after: ['run-dbt-staging'] },
  { name: 'run-dbt-marts', after: ['run-dbt-web', 'run-dbt-mobile'] },
  { name: 'test-dbt', after: ['run-dbt-marts'] },
  { name: 'publish-docs', after: ['run-dbt-staging'] },
];

const us = (kind: string): Pick<JobPlan, 'workspace' | 'kind'> => ({ workspace: 'Performance US', kind });
const crm = (kind: string): Pick<JobPlan, 'workspace' | 'kind'> => ({ workspace: 'CRM and Web', kind });
/** Files of which some match no template. */
const unmatched = (skip: number): Pick<JobPlan, 'results' | 'evenly'> => ({
  results: { success: 15, failure: 1, skip },
  evenly: true,
});
/** An ingestion that runs until it is deployed anew. */
const stream = (
  name: string,
  rowsPerSecond: number,
): Pick<JobPlan, 'name' | 'kind' | 'streaming' | 'rowsPerSecond' | 'every' | 'duration' | 'results'> => ({
  name,
  kind: 'streaming',
  streaming: true,
  rowsPerSecond,
  every: seconds(3 * DAY),
  duration: range(0, 0),
  results: { cancellation: 3, failure: 1 },
});

const SNOWPLOW = jobsOf({ vendor: 'snowplow', workspace: PROD, kind: 'data_model', queue: range(3, 25) }, [
  { name: 'Unified Digital', every: minutes(10), duration: range(180, 520), steps: WIDE_MODEL },
  { name: 'Attribution', every: HOUR, duration: range(300, 1500), steps: STANDARD_MODEL, results: RELIABLE },
  { name: 'Ecommerce', every: minutes(30), duration: range(200, 900), steps: STANDARD_MODEL },
  { name: 'Media Player', every: minutes(15), duration: range(60, 400), steps: STANDARD_MODEL, results: RELIABLE },
  { name: 'Fractribution', ...nightly(3), duration: range(1200, 3500), steps: WIDE_MODEL, results: RELIABLE },
  { name: 'Customer 360', ...nightly(1), duration: range(900, 3600), steps: WIDE_MODEL, results: RELIABLE },
  { name: 'Session Stitching', every: minutes(3), duration: range(20, 90), steps: ['git-clone-cache', 'run-dbt'] },
  {
    name: 'Unified Digital',
    workspace: 'com.acme-qa1',
    every: minutes(2),
    duration: range(15, 70),
    steps: ['git-clone-cache', 'run-dbt', 'test-dbt'],
    results: { success: 4, failure: 3, skip: 3 },
    evenly: true,
  },
  {
    name: 'Churn Features',
    workspace: 'com.acme-qa1',
    every: minutes(20),
    duration: range(60, 240),
    steps: STANDARD_MODEL,
    results: { success: 2, failure: 1 },
    lateSeconds: minutes(4),
  },
]);

const ADVERITY = jobsOf({ vendor: 'adverity', workspace: 'Performance EMEA', queue: range(5, 60) }, [
  { name: 'Google Ads - Brand EMEA', kind: 'Google Ads', every: minutes(30), duration: range(40, 600) },
  { name: 'Google Ads - Shopping EMEA', kind: 'Google Ads', every: HOUR, duration: range(60, 900) },
  { name: 'Facebook Ads - Prospecting', kind: 'Facebook', every: minutes(20), duration: range(30, 400) },
  {
    name: 'TikTok Ads',
    kind: 'TikTok Ads',
    every: HOUR,
    duration: range(30, 300),
    results: { success: 9, failure: 1 },
  },
  { name: 'Bing Ads', kind: 'Microsoft Advertising', ...nightly(4), duration: range(60, 600) },
  { name: 'Google Ads - Brand US', ...us('Google Ads'), every: minutes(30), duration: range(40, 600) },
  { name: 'Facebook Ads - Retargeting', ...us('Facebook'), every: minutes(15), duration: range(30, 350) },
  { name: 'Amazon Advertising', ...us('Amazon Advertising'), every: HOUR, duration: range(120, 1500), stuckPercent: 2 },
  {
    name: 'Affiliate Reports SFTP',
    ...us('File'),
    every: minutes(5),
    duration: range(8, 60),
    results: { success: 9, skip: 1 },
  },
  { name: 'Google Analytics 4', ...crm('Google Analytics'), every: minutes(10), duration: range(60, 400) },
  { name: 'Salesforce Opportunities', ...crm('Salesforce'), every: minutes(15), duration: range(20, 200) },
  { name: 'Klaviyo Campaigns', ...crm('Klaviyo'), ...nightly(5), duration: range(60, 900), results: RELIABLE },
  {
    name: 'Google Sheets - Media Plan',
    ...RECENT,
    ...crm('Google Sheets'),
    every: seconds(45),
    duration: range(5, 30),
    queue: range(5, 20),
    results: { success: 3, failure: 2, cancellation: 2, skip: 2, error: 1 },
  },
]);

const MATATIKA = jobsOf(
  { vendor: 'matatika', workspace: 'Acme Analytics', kind: 'PIPELINE_RUN', queue: range(5, 40) },
  [
    { name: 'Shopify to Snowflake', every: minutes(15), duration: range(60, 500) },
    { name: 'Stripe to Snowflake', every: minutes(30), duration: range(40, 300), results: RELIABLE },
    { name: 'Zendesk Tickets', every: HOUR, duration: range(120, 1200), vanishPercent: 4 },
    { name: 'HubSpot Contacts', every: minutes(30), duration: range(60, 700) },
    { name: 'NetSuite Ledger', ...nightly(2), duration: range(1200, 3600), results: RELIABLE },
    { name: 'Warehouse Cost Report', ...nightly(6), duration: range(60, 240) },
    {
      name: 'GitHub Activity',
      ...RECENT,
      every: minutes(5),
      duration: range(15, 80),
      results: { success: 4, failure: 4, cancellation: 2 },

      revisedPercent: 25,
      revisedAfter: range(60, 200),
    },
    {
      name: 'Exchange Rates',
      ...RECENT,
      every: seconds(100),
      duration: range(8, 40),
      results: { success: 2, failure: 1, cancellation: 1 },
    },
    { name: 'Shopify to Snowflake', kind: 'PIPELINE_VERIFY', every: minutes(45), duration: range(10, 60) },
    { name: 'Acme Analytics', kind: 'WORKSPACE_INIT', ...nightly(0), duration: range(20, 90), results: { success: 1 } },
  ],
);

const POLARIS = jobsOf({ vendor: 'polaris', workspace: 'acme-realtime', kind: 'batch', queue: range(5, 45) }, [
  { ...stream('web_events', 2400), unhealthyPercent: 3 },
  { ...stream('orders_live', 180), idlePercent: 30 },
  { ...stream('inventory_changes', 60), idlePercent: 40, pausedPercent: 20, cycle: minutes(8) },
  { ...stream('fraud_signals', 15), unhealthyPercent: 60 },
  { name: 'orders_history', every: HOUR, duration: range(120, 1400), rowsPerSecond: 5200 },
  { name: 'web_sessions', every: minutes(30), duration: range(90, 800), rowsPerSecond: 3100 },
  { name: 'campaign_costs', every: minutes(15), duration: range(20, 120), rowsPerSecond: 400 },
  { name: 'product_catalogue', ...nightly(2), duration: range(300, 1800), rowsPerSecond: 900, results: RELIABLE },
  {
    name: 'returns_backfill',
    ...RECENT,
    every: seconds(100),
    duration: range(20, 80),
    rowsPerSecond: 700,
    results: { success: 2, failure: 1, cancellation: 1 },
  },
]);

const TAILER = jobsOf({ vendor: 'tailer', workspace: '000099/PROD', kind: 'table-to-table', queue: range(1, 8) }, [
  { name: '000099_sales_prepare_pda_PROD', every: minutes(15), duration: range(30, 400) },
  { name: '000099_sales_publish_bda_PROD', every: minutes(30), duration: range(30, 600), results: RELIABLE },
  { name: '000099_stock_daily_snapshot_PROD', ...nightly(4), duration: range(300, 2400), results: RELIABLE },
  { name: '000099_loyalty_scores_PROD', every: HOUR, duration: range(120, 1500) },
  {
    name: '000099_store_receipts',
    kind: 'storage-to-storage',
    every: minutes(2),
    duration: range(3, 25),
    ...unmatched(6),
  },
  {
    name: '000099_supplier_catalogues',
    kind: 'storage-to-tables',
    every: minutes(5),
    duration: range(10, 90),
    ...unmatched(5),
  },
  { name: '000099_sales_export_partners', kind: 'table-to-storage', every: minutes(30), duration: range(15, 180) },
  { name: '000099_nightly_sales', kind: 'workflow', ...nightly(4), duration: range(1800, 3600), results: RELIABLE },
  {
    name: '000099_demand_forecast',
    kind: 'vm-launcher',
    every: minutes(360),
    duration: range(900, 3500),
    stuckPercent: 10,
  },
  {
    name: '000099_pos_terminal_sync_PROD',
    every: minutes(3),
    duration: range(10, 60),
    results: { success: 1, failure: 1 },
    evenly: true,
    revisedPercent: 30,
    revisedAfter: range(60, 300),
  },
]);

/** All jobs of the company, vendor by vendor. */
export const COMPANY_PLAN: readonly JobPlan[] = [...SNOWPLOW, ...ADVERITY, ...MATATIKA, ...POLARIS, ...TAILER];
