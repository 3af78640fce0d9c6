import { classify, type Health, type Job, type Meaning, type Run } from '../model/run.ts';
import { after, between, type Seconds, type UnixSeconds } from '../model/time.ts';
import type { FieldReader } from './read-fields.ts';

/** What a vendor's record says of a run, before it is decided whether the run is live or has finished. */
export interface RunParts {
  readonly id: string;
  readonly job: Job;
  /** The vendor's own word for the state, and what its table makes of such words. */
  readonly vendorState: string;
  readonly table: Readonly<Record<string, Meaning>>;
  /** The target's `state_map`, which goes before the table. */
  readonly stateMap: Readonly<Record<string, Meaning>>;
  /** Absent, here and below: no record of the vendor says it. */
  readonly createdAt?: UnixSeconds | null;
  readonly startedAt: UnixSeconds | null;
  readonly updatedAt?: UnixSeconds | null;
  /** What the vendor names: the end itself, or how long the run took. Each null where the record does not say it. */
  readonly end: { readonly at: UnixSeconds | null } | { readonly duration: Seconds | null };
  /** True for runs without a natural end, whose length says nothing; false unless said. */
  readonly isEndless?: boolean;
  readonly exitCode?: number | null;
  readonly progress?: number | null;
  readonly health?: Health | null;
  readonly acknowledged?: boolean;
  /** As `FinishedRun.warning`; only of a success it is kept. */
  readonly warning?: string | null;
  /** What the record's optional fields were read with. */
  readonly fields: Pick<FieldReader, 'unreadable'>;
}

/**
 * The run that a record tells of. A run in a state nobody listed has finished where the vendor names its end. Where it
 * only names how long the run took, it may be live and tell its age: it is then live, with `agedTo`.
 *
 * @see spec section 1 and rule 9
 */
export function buildRun(parts: RunParts): Run {
  const { id, job, vendorState, createdAt = null, startedAt, updatedAt = null, end } = parts;
  const isDerived = 'duration' in end;
  const endedAt = isDerived ? addDuration(startedAt, end.duration) : end.at;
  const classified = classify(vendorState, parts.table, parts.stateMap, endedAt !== null && !isDerived);
  const shared = {
    id,
    job,
    vendorState,
    stateKnown: classified.known,
    createdAt,
    startedAt,
    rows: null,
    exitCode: parts.exitCode ?? null,
    updatedAt,
    unreadable: parts.fields.unreadable(),
  };
  if (classified.result === null) {
    const agedTo = isDerived && classified.state === 'unknown' ? endedAt : null;
    const { progress = null, health = null } = parts;
    return { ...shared, state: classified.state, agedTo, progress, health };
  }
  const duration = isDerived ? end.duration : lengthOf(startedAt, endedAt);
  return {
    ...shared,
    result: classified.result,
    endedAt,
    isEndDerived: isDerived && endedAt !== null,
    duration: parts.isEndless === true ? null : duration,
    acknowledged: parts.acknowledged ?? false,
    warning: classified.result === 'success' ? (parts.warning ?? null) : null,
  };
}

function addDuration(start: UnixSeconds | null, duration: Seconds | null): UnixSeconds | null {
  return start === null || duration === null ? null : after(start, duration);
}

/** null where a time is missing or the end lies before the start. */
function lengthOf(start: UnixSeconds | null, end: UnixSeconds | null): Seconds | null {
  return start !== null && end !== null && start <= end ? between(start, end) : null;
}
