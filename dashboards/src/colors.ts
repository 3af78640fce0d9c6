/** Colours of series by name: the same thing has the same colour on every page, and nothing harmless is red. */
export type Colors = Readonly<Record<string, string>>;

export const RESULT_COLORS: Colors = {
  success: 'green',
  failure: 'red',
  error: 'dark-red',
  timeout: 'orange',
  cancellation: 'purple',
  skip: 'blue',
  unknown: 'gray',
};

export const STATE_COLORS: Colors = {
  pending: 'yellow',
  executing: 'blue',
  idle: 'light-blue',
  paused: 'purple',
  unknown: 'gray',
};

/** None of them means good or bad. */
export const VENDOR_COLORS: Colors = {
  snowplow: 'purple',
  adverity: 'light-blue',
  matatika: 'yellow',
  polaris: 'blue',
  tailer: 'super-light-purple',
};

/** Polls, pushes, commits: ok, or why not. */
export const OUTCOME_COLORS: Colors = {
  ok: 'green',
  failed: 'red',
  rejected: 'orange',
  auth: 'red',
  http_client: 'dark-orange',
  http_server: 'dark-red',
  internal: 'dark-purple',
  network: 'orange',
  rate_limited: 'yellow',
  schema: 'purple',
  timeout: 'light-orange',
};

export const ROW_COLORS: Colors = {
  processed: 'green',
  processed_with_warning: 'yellow',
  skipped_by_error: 'red',
  skipped_by_filter: 'blue',
};

/** 0 is good; the others are those that shells and Meltano give most. */
export const EXIT_COLORS: Colors = {
  'exit 0': 'green',
  'exit 1': 'red',
  'exit 2': 'orange',
  'exit 137': 'dark-red',
  'exit 143': 'purple',
};

/** HTTP statuses, and `error` where there was no answer. */
export const ANSWER_COLORS: Colors = {
  '200': 'green',
  '304': 'blue',
  '401': 'red',
  '403': 'dark-red',
  '404': 'purple',
  '429': 'yellow',
  '500': 'orange',
  '502': 'dark-orange',
  '503': 'light-orange',
  error: 'super-light-purple',
};
