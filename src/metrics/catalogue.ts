/**
 * Every metric, once: the only file that knows their names. What is served, pushed, linted, documented and drawn on
 * dashboards is made from it.
 *
 * The OTLP name and unit are chosen so that a receiver's Prometheus naming with suffixes gives back `name`.
 * @see spec section 3
 */

/** Labels that come before a metric's own, by what the metric is about. */
export const OWNER_LABELS = {
  job: ['vendor', 'target', 'workspace', 'job_name', 'job_kind'],
  target: ['vendor', 'target'],
  exporter: [],
} as const;
export type Owner = keyof typeof OWNER_LABELS;

export interface Metric {
  readonly name: string;
  readonly otelName: string;
  /** UCUM, as OTLP carries it; empty: none. */
  readonly unit: '' | 's' | 'By' | '1' | `{${string}}`;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly owner: Owner;
  /** Labels beyond the owner's, in the order they are shown. */
  readonly labels: readonly string[];
  /** True: its totals live in the ledger and survive restarts. False: a gauge, or a count of this process alone. */
  readonly durable: boolean;
  readonly help: string;
}

type Family = Omit<Metric, 'owner' | 'labels' | 'durable' | 'unit'> &
  Partial<Pick<Metric, 'labels' | 'durable' | 'unit'>>;

function family(owner: Owner, fields: Family): Metric {
  return { owner, labels: [], durable: false, unit: '', ...fields };
}
const job = (fields: Family): Metric => family('job', fields);
const target = (fields: Family): Metric => family('target', fields);
const exporter = (fields: Family): Metric => family('exporter', fields);

export const METRICS = {
  runsFinished: job({
    name: 'datajobs_runs_finished_total',
    otelName: 'datajobs.runs.finished',
    unit: '{run}',
    kind: 'counter',
    labels: ['result'],
    durable: true,
    help: 'Finished runs by result, each counted exactly once, also over restarts and outages.',
  }),
  runDuration: job({
    name: 'datajobs_run_duration_seconds',
    otelName: 'datajobs.run.duration',
    unit: 's',
    kind: 'histogram',
    labels: ['result'],
    durable: true,
    help: 'Time from start to end of finished runs. Runs without a natural end (streaming) have no sample.',
  }),
  runQueue: job({
    name: 'datajobs_run_queue_seconds',
    otelName: 'datajobs.run.queue',
    unit: 's',
    kind: 'histogram',
    durable: true,
    help: 'Time from creation (or scheduled time) to start of finished runs, where the vendor says both.',
  }),
  runExitCodes: job({
    name: 'datajobs_run_exit_codes_total',
    otelName: 'datajobs.run.exit_codes',
    unit: '{run}',
    kind: 'counter',
    labels: ['exit_code'],
    durable: true,
    help: 'Finished runs by exit code, at most 20 codes a job, then "other". A run without an exit code counts nowhere here.',
  }),
  runWarnings: job({
    name: 'datajobs_run_warnings_total',
    otelName: 'datajobs.run.warnings',
    unit: '{run}',
    kind: 'counter',
    labels: ['code'],
    durable: true,
    help: 'Finished runs with result "success" of which the vendor says that not all was well, by its code; "other" for a code that nobody listed.',
  }),
  rows: job({
    name: 'datajobs_rows_total',
    otelName: 'datajobs.rows',
    unit: '{row}',
    kind: 'counter',
    labels: ['outcome'],
    durable: true,
    help: 'Rows of runs by outcome, live runs included. A run adds only what exceeds the most it ever reported.',
  }),
  stepsFinished: job({
    name: 'datajobs_steps_finished_total',
    otelName: 'datajobs.steps.finished',
    unit: '{step}',
    kind: 'counter',
    labels: ['step', 'result'],
    durable: true,
    help: 'Finished steps of runs by step name and result, at most max_steps names a job, then "(other)".',
  }),
  stepDuration: job({
    name: 'datajobs_step_duration_seconds',
    otelName: 'datajobs.step.duration',
    unit: 's',
    kind: 'histogram',
    labels: ['step', 'result'],
    durable: true,
    help: 'Duration of finished steps. Skipped steps have no sample.',
  }),
  runsActive: job({
    name: 'datajobs_runs_active',
    otelName: 'datajobs.runs.active',
    unit: '{run}',
    kind: 'gauge',
    labels: ['state'],
    help: 'Live runs by state, as of the last good poll; "unknown" holds runs that vanished or whose state nobody listed.',
  }),
  activeRunOldestStart: job({
    name: 'datajobs_active_run_oldest_start_timestamp_seconds',
    otelName: 'datajobs.active_run.oldest_start.timestamp',
    unit: 's',
    kind: 'gauge',
    labels: ['state'],
    help: 'Start (while pending: creation) of the oldest live run in the state, as of the last good poll.',
  }),
  activeRunProgress: job({
    name: 'datajobs_active_run_progress_ratio',
    otelName: 'datajobs.active_run.progress',
    unit: '1',
    kind: 'gauge',
    help: 'Progress of the oldest live run, 0 to 1, where the vendor says it.',
  }),
  runsUnhealthy: job({
    name: 'datajobs_runs_unhealthy',
    otelName: 'datajobs.runs.unhealthy',
    unit: '{run}',
    kind: 'gauge',
    help: 'Live runs that fail or stand still, as of the last good poll: the health that the vendor gives them is an error, or a warning that says so.',
  }),
  runsWithWarnings: job({
    name: 'datajobs_runs_with_warnings',
    otelName: 'datajobs.runs.with_warnings',
    unit: '{run}',
    kind: 'gauge',
    help: 'Live runs that go on although the vendor gives them another warning, as of the last good poll.',
  }),
  lastRunResult: job({
    name: 'datajobs_last_run_result',
    otelName: 'datajobs.last_run.result',
    kind: 'gauge',
    labels: ['result'],
    help: '1 for the result of the newest finished run, 0 for the other results its vendor can produce.',
  }),
  lastRunAcknowledged: job({
    name: 'datajobs_last_run_acknowledged',
    otelName: 'datajobs.last_run.acknowledged',
    kind: 'gauge',
    help: '1 where a person marked the newest failure as handled, else 0.',
  }),
  lastRunWarning: job({
    name: 'datajobs_last_run_warning',
    otelName: 'datajobs.last_run.warning',
    kind: 'gauge',
    help: '1 where the newest finished run succeeded and the vendor says that not all was well, else 0.',
  }),
  lastRunStart: job({
    name: 'datajobs_last_run_start_timestamp_seconds',
    otelName: 'datajobs.last_run.start.timestamp',
    unit: 's',
    kind: 'gauge',
    help: 'Start of the newest finished run.',
  }),
  lastRunEnd: job({
    name: 'datajobs_last_run_end_timestamp_seconds',
    otelName: 'datajobs.last_run.end.timestamp',
    unit: 's',
    kind: 'gauge',
    help: 'End of the newest finished run; where the vendor gives none, when it was first seen finished after it was seen live, else the last time that the vendor names of it.',
  }),
  lastRunDuration: job({
    name: 'datajobs_last_run_duration_seconds',
    otelName: 'datajobs.last_run.duration',
    unit: 's',
    kind: 'gauge',
    help: 'Time from start to end of the newest finished run.',
  }),
  lastRunExitCode: job({
    name: 'datajobs_last_run_exit_code',
    otelName: 'datajobs.last_run.exit_code',
    kind: 'gauge',
    help: 'Exit code of the newest finished run.',
  }),
  lastRunRows: job({
    name: 'datajobs_last_run_rows',
    otelName: 'datajobs.last_run.rows',
    unit: '{row}',
    kind: 'gauge',
    labels: ['outcome'],
    help: 'Rows of the newest finished run by outcome.',
  }),
  lastSuccess: job({
    name: 'datajobs_last_success_timestamp_seconds',
    otelName: 'datajobs.last_success.timestamp',
    unit: 's',
    kind: 'gauge',
    help: 'End of the newest run with result "success".',
  }),
  lastFailure: job({
    name: 'datajobs_last_failure_timestamp_seconds',
    otelName: 'datajobs.last_failure.timestamp',
    unit: 's',
    kind: 'gauge',
    help: 'End of the newest run with result "failure", "error" or "timeout".',
  }),
  jobFirstSeen: job({
    name: 'datajobs_job_first_seen_timestamp_seconds',
    otelName: 'datajobs.job.first_seen.timestamp',
    unit: 's',
    kind: 'gauge',
    help: 'When the ledger first knew the job.',
  }),
  jobInfo: job({
    name: 'datajobs_job_info',
    otelName: 'datajobs.job.info',
    kind: 'gauge',
    labels: ['job_id', 'url'],
    help: "Always 1; the vendor's id of the job and its page for people, each empty where not known.",
  }),
  jobExpectedInterval: job({
    name: 'datajobs_job_expected_interval_seconds',
    otelName: 'datajobs.job.expected_interval',
    unit: 's',
    kind: 'gauge',
    help: 'Longest time between two successes that the configuration expects of the job: every plus grace.',
  }),
  jobLastReadSuccessful: job({
    name: 'datajobs_job_last_read_successful',
    otelName: 'datajobs.job.last_read_successful',
    kind: 'gauge',
    help: '1 if the last poll read a scope that lists the job, 0 if what is shown of the job is the last that was known.',
  }),
  runCorrections: job({
    name: 'datajobs_run_corrections_total',
    otelName: 'datajobs.run.corrections',
    unit: '{run}',
    kind: 'counter',
    labels: ['from', 'to'],
    durable: true,
    help: 'Counted runs whose result the vendor changed afterwards.',
  }),
  runsReopened: job({
    name: 'datajobs_runs_reopened_total',
    otelName: 'datajobs.runs.reopened',
    unit: '{run}',
    kind: 'counter',
    durable: true,
    help: 'Finished runs that were seen live again; they are never counted a second time.',
  }),

  targetInfo: target({
    name: 'datajobs_target_info',
    otelName: 'datajobs.target.info',
    kind: 'gauge',
    help: "Always 1; carries the target's labels from the configuration.",
  }),
  targetUp: target({
    name: 'datajobs_target_up',
    otelName: 'datajobs.target.up',
    kind: 'gauge',
    help: '1 if the last poll of every scope of the target succeeded, else 0.',
  }),
  targetScopesFailed: target({
    name: 'datajobs_target_scopes_failed',
    otelName: 'datajobs.target.scopes_failed',
    unit: '{scope}',
    kind: 'gauge',
    help: 'Scopes (workspaces, pipelines, operations, ...) whose last poll failed.',
  }),
  targetLastSuccess: target({
    name: 'datajobs_target_last_success_timestamp_seconds',
    otelName: 'datajobs.target.last_success.timestamp',
    unit: 's',
    kind: 'gauge',
    help: 'When a poll of every scope of the target last succeeded.',
  }),
  polls: target({
    name: 'datajobs_polls_total',
    otelName: 'datajobs.polls',
    unit: '{poll}',
    kind: 'counter',
    labels: ['outcome'],
    help: 'Polls of the target since the exporter started, by outcome: ok, or why the poll failed.',
  }),
  lastPollDuration: target({
    name: 'datajobs_last_poll_duration_seconds',
    otelName: 'datajobs.last_poll.duration',
    unit: 's',
    kind: 'gauge',
    help: 'How long the last poll of the target took.',
  }),
  pollInterval: target({
    name: 'datajobs_poll_interval_seconds',
    otelName: 'datajobs.poll_interval',
    unit: 's',
    kind: 'gauge',
    help: 'Time from the start of one poll to the start of the next, as it stands.',
  }),
  jobs: target({
    name: 'datajobs_jobs',
    otelName: 'datajobs.jobs',
    unit: '{job}',
    kind: 'gauge',
    help: 'Jobs of the target that are shown by name.',
  }),
  jobsFolded: target({
    name: 'datajobs_jobs_folded',
    otelName: 'datajobs.jobs_folded',
    unit: '{job}',
    kind: 'gauge',
    help: 'Jobs beyond max_jobs or max_series that are shown together as job_name="(other)".',
  }),
  jobsRetired: target({
    name: 'datajobs_jobs_retired_total',
    otelName: 'datajobs.jobs_retired',
    unit: '{job}',
    kind: 'counter',
    durable: true,
    help: 'Jobs that left the page after job_retention without a run.',
  }),
  expectationUnmatched: target({
    name: 'datajobs_expectation_unmatched',
    otelName: 'datajobs.expectation_unmatched',
    kind: 'gauge',
    labels: ['pattern'],
    help: '1 for a pattern under expect: that no known job matches, else 0.',
  }),
  caughtUpRuns: target({
    name: 'datajobs_caught_up_runs_total',
    otelName: 'datajobs.caught_up_runs',
    unit: '{run}',
    kind: 'counter',
    durable: true,
    help: 'Counted runs that ended while nothing polled (the exporter or the vendor was away).',
  }),
  lateRuns: target({
    name: 'datajobs_late_runs_total',
    otelName: 'datajobs.late_runs',
    unit: '{run}',
    kind: 'counter',
    durable: true,
    help: 'Counted runs that only a sweep of the whole reachable history found.',
  }),
  historyRuns: target({
    name: 'datajobs_history_runs_total',
    otelName: 'datajobs.history_runs',
    unit: '{run}',
    kind: 'counter',
    durable: true,
    help: 'Runs that became visible long after they ended, in a job or workspace nobody could see before: taken as history, not counted.',
  }),
  lostRuns: target({
    name: 'datajobs_lost_runs_total',
    otelName: 'datajobs.lost_runs',
    unit: '{run}',
    kind: 'counter',
    durable: true,
    help: 'Live runs that the vendor no longer knows and whose end nobody saw.',
  }),
  detailsPending: target({
    name: 'datajobs_details_pending',
    otelName: 'datajobs.details_pending',
    unit: '{detail}',
    kind: 'gauge',
    help: 'Steps, rows and late durations of counted runs that are still to be fetched.',
  }),
  detailsLost: target({
    name: 'datajobs_details_lost_total',
    otelName: 'datajobs.details_lost',
    unit: '{detail}',
    kind: 'counter',
    labels: ['detail'],
    durable: true,
    help: 'Steps, rows and durations of counted runs that the vendor can no longer tell.',
  }),
  historyGap: target({
    name: 'datajobs_history_gap_seconds_total',
    otelName: 'datajobs.history_gap',
    unit: 's',
    kind: 'counter',
    durable: true,
    help: "Time that lies between two polls but beyond the vendor's reach: runs of that time cannot be counted.",
  }),
  historyTruncated: target({
    name: 'datajobs_history_truncated',
    otelName: 'datajobs.history_truncated',
    kind: 'gauge',
    help: '1 if the vendor cut an answer that could not be divided further: runs may be missing. Else 0.',
  }),
  rejectedRecords: target({
    name: 'datajobs_rejected_records_total',
    otelName: 'datajobs.rejected_records',
    unit: '{record}',
    kind: 'counter',
    labels: ['reason'],
    durable: true,
    help: 'Records of vendor answers that could not be used, each once; the rest of their list was kept.',
  }),
  unreadableFields: target({
    name: 'datajobs_unreadable_fields_total',
    otelName: 'datajobs.unreadable_fields',
    unit: '{field}',
    kind: 'counter',
    labels: ['field'],
    durable: true,
    help: 'Optional fields of runs that could not be read, when the run is first seen and when it finishes; the run counts without them.',
  }),
  unknownStates: target({
    name: 'datajobs_unknown_states_total',
    otelName: 'datajobs.unknown_states',
    unit: '{run}',
    kind: 'counter',
    labels: ['vendor_state'],
    durable: true,
    help: 'Runs seen in a state that nobody listed, once per run and state; name it under state_map. At most 20 states, then "other".',
  }),
  apiRequests: target({
    name: 'datajobs_api_requests_total',
    otelName: 'datajobs.api.requests',
    unit: '{request}',
    kind: 'counter',
    labels: ['operation', 'code'],
    help: 'Requests to the vendor since the exporter started, by HTTP status, or "error" where none came.',
  }),
  apiRequestDuration: target({
    name: 'datajobs_api_request_duration_seconds',
    otelName: 'datajobs.api.request.duration',
    unit: 's',
    kind: 'histogram',
    labels: ['operation'],
    help: 'Time from request to whole answer of requests to the vendor since the exporter started.',
  }),
  apiRetries: target({
    name: 'datajobs_api_retries_total',
    otelName: 'datajobs.api.retries',
    unit: '{request}',
    kind: 'counter',
    help: 'Requests to the vendor since the exporter started that were tries of one that had failed.',
  }),
  apiRateLimit: target({
    name: 'datajobs_api_rate_limit',
    otelName: 'datajobs.api.rate_limit',
    unit: '{request}',
    kind: 'gauge',
    help: "Requests that one window of the vendor's rate limit allows, as it last said; absent where it says nothing.",
  }),
  apiRateLimitRemaining: target({
    name: 'datajobs_api_rate_limit_remaining',
    otelName: 'datajobs.api.rate_limit_remaining',
    unit: '{request}',
    kind: 'gauge',
    help: "Requests left in the present window of the vendor's rate limit, as it last said; absent where it says nothing.",
  }),
  apiRateLimitReset: target({
    name: 'datajobs_api_rate_limit_reset_timestamp_seconds',
    otelName: 'datajobs.api.rate_limit_reset.timestamp',
    unit: 's',
    kind: 'gauge',
    help: "When the present window of the vendor's rate limit ends, as it last said; absent where it says nothing.",
  }),
  credentialsExpiry: target({
    name: 'datajobs_credentials_expiry_timestamp_seconds',
    otelName: 'datajobs.credentials_expiry.timestamp',
    unit: 's',
    kind: 'gauge',
    help: 'When the credentials in use end, where it is known.',
  }),

  buildInfo: exporter({
    name: 'datajobs_build_info',
    otelName: 'datajobs.build.info',
    kind: 'gauge',
    labels: ['version', 'revision', 'nodeversion'],
    help: 'Always 1; what is running.',
  }),
  configReloadSuccessful: exporter({
    name: 'datajobs_config_last_reload_successful',
    otelName: 'datajobs.config.last_reload_successful',
    kind: 'gauge',
    help: '1 if the configuration file was last read without a problem, else 0 (the one before it is in use).',
  }),
  configReloadSuccess: exporter({
    name: 'datajobs_config_last_reload_success_timestamp_seconds',
    otelName: 'datajobs.config.last_reload_success.timestamp',
    unit: 's',
    kind: 'gauge',
    help: 'When the configuration in use was read.',
  }),
  ledgerCommits: exporter({
    name: 'datajobs_ledger_commits_total',
    otelName: 'datajobs.ledger.commits',
    unit: '{commit}',
    kind: 'counter',
    labels: ['outcome'],
    help: 'Transactions of the ledger since the exporter started: ok or failed.',
  }),
  ledgerCreated: exporter({
    name: 'datajobs_ledger_created_timestamp_seconds',
    otelName: 'datajobs.ledger.created.timestamp',
    unit: 's',
    kind: 'gauge',
    help: 'When the ledger was created; a later one than expected means that the old one was lost and counting started again.',
  }),
  ledgerRuns: exporter({
    name: 'datajobs_ledger_runs',
    otelName: 'datajobs.ledger.runs',
    unit: '{run}',
    kind: 'gauge',
    help: 'Runs that the ledger remembers.',
  }),
  series: exporter({
    name: 'datajobs_series',
    otelName: 'datajobs.series',
    unit: '{series}',
    kind: 'gauge',
    help: 'Series of datajobs_* families on the page, histogram buckets included.',
  }),
  otlpExports: exporter({
    name: 'datajobs_otlp_exports_total',
    otelName: 'datajobs.otlp.exports',
    unit: '{export}',
    kind: 'counter',
    labels: ['outcome'],
    help: 'OTLP pushes since the exporter started: ok, rejected (in part) or failed.',
  }),
  otlpLastSuccess: exporter({
    name: 'datajobs_otlp_last_success_timestamp_seconds',
    otelName: 'datajobs.otlp.last_success.timestamp',
    unit: 's',
    kind: 'gauge',
    help: 'When an OTLP push last succeeded.',
  }),
  otlpLastPushPoints: exporter({
    name: 'datajobs_otlp_last_push_points',
    otelName: 'datajobs.otlp.last_push_points',
    unit: '{point}',
    kind: 'gauge',
    help: 'Data points in the last OTLP push.',
  }),
} as const satisfies Record<string, Metric>;

/** Every metric in the order of the page. */
export const CATALOGUE: readonly Metric[] = Object.values(METRICS);

/** Upper bounds of `datajobs_api_request_duration_seconds`; the run histograms' come from the configuration. */
export const API_DURATION_BUCKETS: readonly number[] = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Upper bounds of run, queue and step durations unless the configuration says others. @see spec section 4 */
export const DEFAULT_DURATION_BUCKETS: readonly number[] = [
  10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 43_200, 86_400,
];
