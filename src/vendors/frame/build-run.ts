import { classify, type Health, type Job, type Meaning, type Run } from '../../model/run.ts';
import { after, between, type Seconds, type UnixSeconds } from '../../model/time.ts';
import type { FieldReader } from './read-fields.ts';

/** The facts of a vendor's record, before it is decided whether the run is live or has finished. */
export interface RunParts {
  readonly id: string;
  readonly job: Job;
  /** The vendor's own word for the state. */
  readonly vendorState: string;
  /** The meanings of such words for this record alone. Absent: they are those of the vendor. */
  readonly table?: Readonly<Record<string, Meaning>>;
  /** Absent, here and below: no record of the vendor says it. */
  readonly createdAt?: UnixSeconds | null;
  readonly startedAt: UnixSeconds | null;
  readonly updatedAt?: UnixSeconds | null;
  /** The end itself, or the length of the run: whichever the vendor names. Null where the record does not say it. */
  readonly end: { readonly at: UnixSeconds | null } | { readonly duration: Seconds | null };
  /** True for runs without a natural end, whose length says nothing; false unless said. */
  readonly isEndless?: boolean;
  /**
   * Length below which a run that was not skipped did not really run: it has no duration, and may be a repeat of one
   * that did. Absent: there is no such length.
   */
  readonly shortest?: Seconds;
  readonly exitCode?: number | null;
  readonly progress?: number | null;
  readonly health?: Health | null;
  readonly acknowledged?: boolean;
  /** As `FinishedRun.warning`; only of a success it is kept. */
  readonly warning?: string | null;
  /** As `Run.formerId`. */
  readonly formerId?: string;
}

/** The things that all records of a target are read with. */
export interface RunReading {
  /** The vendor's words for states, in ours. */
  readonly table: Readonly<Record<string, Meaning>>;
  /** The target's `state_map`, which goes before the table. */
  readonly stateMap: Readonly<Record<string, Meaning>>;
  /** The reader of the record's optional fields. */
  readonly fields: Pick<FieldReader, 'unreadable'>;
}

/**
 * The run that a record tells of. A run in a state nobody listed has finished where the vendor names its end. Where it
 * only names how long the run took, it may be live and tell its age: it is then live, with `agedTo`.
 *
 * @see spec section 1 and rule 9
 */
export function buildRun(parts: RunParts, { table, stateMap, fields }: RunReading): Run {
  const { id, job, vendorState, createdAt = null, startedAt, updatedAt = null, end, formerId } = parts;
  const isDerived = 'duration' in end;
  const endedAt = isDerived ? addDuration(startedAt, end.duration) : end.at;
  const classified = classify(vendorState, parts.table ?? table, stateMap, endedAt !== null && !isDerived);
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
    unreadable: fields.unreadable(),
    ...(formerId !== undefined && { formerId }),
  };
  if (classified.result === null) {
    const agedTo = isDerived && classified.state === 'unknown' ? endedAt : null;
    const { progress = null, health = null } = parts;
    return { ...shared, state: classified.state, agedTo, progress, health };
  }
  const { result } = classified;
  const duration = isDerived ? end.duration : lengthOf(startedAt, endedAt);
  const { isEndless = false, shortest = 0 } = parts;
  const isTooShort = result !== 'skip' && duration !== null && duration < shortest;
  return {
    ...shared,
    result,
    endedAt,
    isEndDerived: isDerived && endedAt !== null,
    duration: isEndless || isTooShort ? null : duration,
    ...(isTooShort && { mayBeRepeat: true }),
    acknowledged: parts.acknowledged ?? false,
    warning: result === 'success' ? (parts.warning ?? null) : null,
  };
}

/** Makes the reader of one record: its facts by `toParts`, and then the run. */
export function createToRun<Wire>(
  reading: Omit<RunReading, 'fields'>,
  toParts: (wire: Wire, fields: FieldReader) => RunParts,
): (wire: Wire, fields: FieldReader) => Run {
  return (wire, fields) => buildRun(toParts(wire, fields), { ...reading, fields });
}

function addDuration(start: UnixSeconds | null, duration: Seconds | null): UnixSeconds | null {
  return start === null || duration === null ? null : after(start, duration);
}

/** null where a time is missing or the end lies before the start. */
function lengthOf(start: UnixSeconds | null, end: UnixSeconds | null): Seconds | null {
  return start !== null && end !== null && start <= end ? between(start, end) : null;
}
