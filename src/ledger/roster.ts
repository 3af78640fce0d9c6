/** The jobs of a target: which there are, what they are called, and which of them are shown. */
import { isFinished, type Job, type Run } from '../model/run.ts';
import { between, latest, seconds, type UnixSeconds } from '../model/time.ts';
import type { Draft } from './draft.ts';
import type { TargetPolicy } from './policy.ts';
import { type JobRecord, type JobStanding, OTHER } from './records.ts';

/** The time by which runs are ordered: start, else its creation, else its end; null where the vendor says nothing. */
export function runOrder(run: Run): UnixSeconds | null {
  return run.startedAt ?? run.createdAt ?? (isFinished(run) ? run.endedAt : null);
}

/** All that an answer says about one job. */
interface Sighting {
  /** From the newest run: an older one may still carry an old name. */
  job: Job;
  namedAt: UnixSeconds | null;
  /** Times at which its runs began, in no order. */
  begins: UnixSeconds[];
  lastActiveAt: UnixSeconds | null;
  /** True if one of its runs is live. */
  isLive: boolean;
}

function collectSightings(runs: Iterable<Run>): Map<string, Sighting> {
  const sightings = new Map<string, Sighting>();
  for (const run of runs) {
    const order = runOrder(run);
    const ended = isFinished(run) ? run.endedAt : null;
    const sighting = sightings.get(run.job.key);
    if (sighting === undefined) {
      const begins = order === null ? [] : [order];
      const lastActiveAt = latest(order, ended);
      sightings.set(run.job.key, { job: run.job, namedAt: order, begins, lastActiveAt, isLive: !isFinished(run) });
      continue;
    }
    if ((order ?? 0) >= (sighting.namedAt ?? 0)) Object.assign(sighting, { job: run.job, namedAt: order });
    if (order !== null) sighting.begins.push(order);
    sighting.lastActiveAt = latest(sighting.lastActiveAt, latest(order, ended));
    sighting.isLive ||= !isFinished(run);
  }
  return sightings;
}

/** Longest time between two neighbouring runs, given what was known before. */
function longestInterval(known: JobRecord | undefined, sighting: Sighting): JobRecord['longestInterval'] {
  let longest = known?.longestInterval ?? null;
  let previous = known?.lastActiveAt ?? null;
  for (const begin of sighting.begins.sort((a, b) => a - b)) {
    if (previous !== null && begin > previous) longest = seconds(Math.max(longest ?? 0, between(previous, begin)));
    previous = latest(previous, begin);
  }
  return longest;
}

/** True if a job has gone without a run for so long that it leaves `/metrics`. @see spec rule 15 */
export function isOutdated(job: JobRecord, policy: TargetPolicy, now: UnixSeconds): boolean {
  if (policy.expects(job.name, job.workspace)) return false;
  const retention = Math.max(policy.jobRetention, 3 * (job.longestInterval ?? 0));
  return now - (job.lastActiveAt ?? job.firstSeenAt) > retention;
}

/** Sorts by id with numbers as numbers: `9` before `10`. */
const byKey = new Intl.Collator('en', { numeric: true });

/**
 * Brings the roster up to date with the jobs of an answer, and adds the facts that jobs are shown or renamed.
 * @param historyUntil by when runs ended that nobody could have counted of a job that shows up only now; null: no time
 */
export function reconcileRoster(
  draft: Draft,
  runs: Iterable<Run>,
  policy: TargetPolicy,
  now: UnixSeconds,
  historyUntil: UnixSeconds | null,
): void {
  const sightings = [...collectSightings(runs)].sort(([a], [b]) => byKey.compare(a, b));
  for (const [key, sighting] of sightings) {
    const known = draft.job(key);
    if (known === undefined) admit(draft, newJob(sighting, now, historyUntil), sighting.isLive, policy, now, 'shown');
    else update(draft, known, sighting, policy, now);
  }
}

function newJob(sighting: Sighting, now: UnixSeconds, historyUntil: UnixSeconds | null): JobRecord {
  const { unsaid: _, ...job } = sighting.job;
  return {
    ...job,
    shownName: job.name,
    namedAt: sighting.namedAt,
    firstSeenAt: now,
    historyUntil,
    standing: 'excluded',
    lastActiveAt: sighting.lastActiveAt,
    longestInterval: longestInterval(undefined, sighting),
    recent: [],
    olderSuccessAt: null,
    olderFailureAt: null,
  };
}

/** A job as a record names it; what the record does not say stays as it is known. */
function withKnown({ unsaid = [], ...said }: Job, known: JobRecord): Job {
  for (const label of unsaid) said[label] = known[label];
  return said;
}

function update(draft: Draft, known: JobRecord, sighting: Sighting, policy: TargetPolicy, now: UnixSeconds): void {
  const interval = longestInterval(known, sighting);
  const lastActiveAt = latest(known.lastActiveAt, sighting.lastActiveAt);
  const isNewest = (sighting.namedAt ?? 0) >= (known.namedAt ?? 0);
  const named = isNewest ? withKnown(sighting.job, known) : known;
  const isRenamed = named.name !== known.name || named.kind !== known.kind || named.workspace !== known.workspace;
  const isMoved = named.id !== known.id || named.url !== known.url;
  const isBack = known.standing === 'expired' && sighting.isLive;
  if (!isRenamed && !isMoved && !isBack && interval === known.longestInterval && lastActiveAt === known.lastActiveAt)
    return;
  const { key, id, name, kind, workspace, url } = named;
  const namedAt = isNewest ? sighting.namedAt : known.namedAt;
  const updated = { ...known, key, id, name, kind, workspace, url, namedAt, lastActiveAt, longestInterval: interval };
  if (isRenamed && known.standing !== 'overflow') admit(draft, updated, sighting.isLive, policy, now, 'renamed');
  else if (known.standing === 'expired') admit(draft, updated, sighting.isLive, policy, now, 'shown');
  else draft.putJob(updated);
}

/** Decides whether and under which name a job is shown that is new, renamed, or returns; a live one is never too old. */
export function admit(
  draft: Draft,
  job: JobRecord,
  isLive: boolean,
  policy: TargetPolicy,
  now: UnixSeconds,
  news: 'shown' | 'renamed',
): void {
  let standing: JobStanding = 'shown';
  if (!policy.includes(job.name)) standing = 'excluded';
  else if (!isLive && isOutdated(job, policy, now)) standing = 'expired';
  else if (draft.job(job.key)?.standing !== 'shown' && shownJobs(draft, job) >= policy.maxJobs) standing = 'overflow';
  const shownName = standing === 'shown' ? freeName(draft, job) : job.name;
  draft.putJob({ ...job, standing, shownName });
  if (news === 'renamed') draft.addFact({ kind: 'renamed', owner: job.key });
  if (standing === 'shown') draft.addFact({ kind: 'shown', owner: job.key });
  if (standing === 'overflow') draft.addFact({ kind: 'shown', owner: OTHER });
}

function shownJobs(draft: Draft, but: JobRecord): number {
  let count = 0;
  for (const job of draft.jobs()) if (job.standing === 'shown' && job.key !== but.key) count += 1;
  return count;
}

/** The job's name, with its id behind it where another shown job has the same labels. @see spec section 1 */
function freeName(draft: Draft, job: JobRecord): string {
  const taken = new Set<string>();
  for (const other of draft.jobs()) {
    const isRival = other.standing === 'shown' && other.workspace === job.workspace && other.kind === job.kind;
    if (isRival && other.key !== job.key) taken.add(other.shownName);
  }
  const candidates = [job.name, `${job.name} (${job.id ?? job.key})`, `${job.name} (${job.key})`];
  let free = candidates.find((name) => !taken.has(name));
  for (let number = 2; free === undefined; number += 1) {
    const numbered = `${job.name} (${job.key}) (${number})`;
    if (!taken.has(numbered)) free = numbered;
  }
  return free;
}
