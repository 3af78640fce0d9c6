/** Runs, policies and configurations with defaults; a test names only what it is about. */
import type { Config, TargetConfig } from '../../src/config/config.ts';
import type { TargetPolicy } from '../../src/ledger/policy.ts';
import type { Ending, RunRecord } from '../../src/ledger/records.ts';
import type { FinishedRun, Job, LiveRun, State } from '../../src/model/run.ts';
import {
  before,
  DAY,
  HOUR,
  MINUTE,
  type Seconds,
  seconds,
  type UnixSeconds,
  unixSeconds,
} from '../../src/model/time.ts';
import type { Capabilities } from '../../src/vendors/vendor.ts';
import { NO_PROXIES } from '../../src/model/proxies.ts';
import { NOW } from './manual-clock.ts';

/** An instant so many seconds from the start of the test's time. */
export function at(offset: number): UnixSeconds {
  return unixSeconds(NOW + offset);
}

/** An instant so long before the test's time began. */
export function ago(duration: Seconds): UnixSeconds {
  return before(NOW, duration);
}

/** A job known by its name, `nightly` unless said. */
export function aJob(overrides: Partial<Job> = {}): Job {
  const name = overrides.name ?? 'nightly';
  return { key: name, id: name, name, kind: 'model', workspace: 'prod', url: null, ...overrides };
}

/** A run that started a minute before the test began. */
export function liveRun(overrides: Partial<LiveRun> = {}): LiveRun {
  return {
    id: 'r1',
    job: aJob(),
    vendorState: 'RUNNING',
    stateKnown: true,
    createdAt: null,
    startedAt: at(-60),
    rows: null,
    exitCode: null,
    updatedAt: null,
    unreadable: [],
    state: 'executing',
    agedTo: null,
    progress: null,
    health: null,
    ...overrides,
  };
}

/** A success of a minute that ended as the test began; with `endedAt` alone, a minute that ended then. */
export function finishedRun(overrides: Partial<FinishedRun> = {}): FinishedRun {
  const endedAt = overrides.endedAt === undefined ? at(0) : overrides.endedAt;
  return {
    id: 'r1',
    job: aJob(),
    vendorState: (overrides.result ?? 'success').toUpperCase(),
    stateKnown: true,
    createdAt: null,
    startedAt: endedAt === null ? at(-60) : unixSeconds(endedAt - 60),
    rows: null,
    exitCode: null,
    updatedAt: null,
    unreadable: [],
    result: 'success',
    endedAt,
    isEndDerived: false,
    duration: endedAt === null ? null : seconds(60),
    acknowledged: false,
    warning: null,
    ...overrides,
  };
}

/** Facts of a record, and where it is in its life; a test names only what it is about. */
export interface RecordParts extends Partial<Omit<RunRecord, 'life'>> {
  readonly phase?: RunRecord['life']['phase'];
  /** While live. */
  readonly state?: State;
  /** Since when it is gone. */
  readonly goneAt?: UnixSeconds;
  readonly isMissing?: boolean;
  /** null: it never finished. With a phase in which it is held: it was reopened. */
  readonly ending?: Partial<Ending> | null;
}

/** A record of a success of a minute that ended as the test began; of another phase, one that never finished. */
export function aRunRecord(parts: RecordParts = {}): RunRecord {
  const { phase = 'finished', state = 'executing', goneAt = at(-1), isMissing = false, ending, ...facts } = parts;
  const counted: Ending = { disposition: 'counted', result: 'success', endedAt: at(0), claimedEnd: null, ...ending };
  const endingOfHeld = ending === undefined || ending === null ? null : counted;
  return {
    id: 'r1',
    job: 'nightly',
    scope: 'account',
    vendorState: 'SUCCEEDED',
    createdAt: null,
    startedAt: at(-60),
    recordedAt: at(0),
    changedAt: at(0),
    rows: null,
    rowsPredate: false,
    steps: [],
    agedTo: null,
    ...facts,
    life: {
      finished: { phase: 'finished', ending: counted, isMissing } as const,
      lost: { phase: 'lost', ending: null } as const,
      live: { phase: 'live', state, ending: endingOfHeld } as const,
      hidden: { phase: 'hidden', ending: endingOfHeld } as const,
      gone: { phase: 'gone', goneAt, ending: endingOfHeld } as const,
    }[phase],
  };
}

/** A vendor that has everything, is asked by time, looks back an hour and reaches back 90 days. */
export function someCapabilities(overrides: Partial<Capabilities> = {}): Capabilities {
  return {
    states: ['pending', 'executing', 'unknown'],
    results: ['success', 'failure', 'cancellation'],
    lookback: HOUR,
    extendedLookback: HOUR,
    lead: seconds(0),
    reach: seconds(90 * DAY),
    reachIs: 'chosen',
    windowed: false,
    finishedDetails: [],
    liveDetails: [],
    lateDurations: false,
    queueTimes: true,
    progress: true,
    health: true,
    acknowledgement: true,
    ...overrides,
  };
}

/** A policy that shows every job. */
export function aPolicy(overrides: Partial<TargetPolicy> = {}): TargetPolicy {
  return {
    capabilities: someCapabilities(),
    includes: () => true,
    expects: () => false,
    maxJobs: 1000,
    jobRetention: seconds(35 * DAY),
    lostRunRetention: HOUR,
    pollInterval: seconds(2 * MINUTE),
    ...overrides,
  };
}

/** Target `acme` at the scripted vendor. */
export function aTarget(overrides: Partial<TargetConfig> = {}): TargetConfig {
  return {
    name: 'acme',
    id: 'acme',
    previousNames: [],
    reset: false,
    vendor: 'scripted',
    pollInterval: seconds(2 * MINUTE),
    idlePollInterval: seconds(2 * MINUTE),
    pollTimeout: MINUTE,
    expect: [],
    jobs: { include: ['*'], exclude: [] },
    maxJobs: 1000,
    maxSeries: 100_000,
    maxSteps: 50,
    labels: {},
    stateMap: {},
    jobRetention: seconds(35 * DAY),
    lostRunRetention: HOUR,
    settings: { base_url: new URL('https://vendor.test'), account: 'a' },
    ...overrides,
  };
}

/** A configuration of `acme` alone, whose totals are shown at once. */
export function aConfig(overrides: Partial<Config> = {}): Config {
  return {
    targets: [aTarget()],
    durationBuckets: [60, 600, 3600],
    holdWindow: seconds(0),
    proxies: NO_PROXIES,
    ledgerUrl: 'sqlite:datajobs.db',
    created: false,
    otlp: {
      enabled: false,
      endpoint: null,
      protocol: null,
      headers: {},
      interval: null,
      timeout: null,
      compression: null,
      temporality: null,
      certificateFile: null,
      clientCertificateFile: null,
      clientKeyFile: null,
      resourceAttributes: {},
      cicdConventions: false,
    },
    ...overrides,
  };
}
