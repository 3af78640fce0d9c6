/** What a person should look at although targets may be up, one line each. */
import { formatDuration } from './format-time.ts';
import type { StatusSource, TargetStatus } from '../engine/status.ts';

export interface Warning {
  /** One line, which ends with the runbook that tells what to do. */
  readonly text: string;
  /** True for what happened once, or more often, and is over as far as is known. */
  readonly isPast: boolean;
}

/** Each thing that is not as it should be, or was not. */
export function describeWarnings(status: Pick<StatusSource, 'reloadRefused' | 'targets'>): readonly Warning[] {
  const text =
    'The configuration was refused at the last reload; the one before it is in use. See DataJobsConfigReloadFailed.';
  const refused = status.reloadRefused() ? [{ text, isPast: false }] : [];
  return [...refused, ...status.targets().flatMap(describeTarget)];
}

/** Counts are as on `/metrics`: they stay, so that what was missed once is not forgotten, but it gives no alarm for ever. */
function describeTarget(target: TargetStatus): readonly Warning[] {
  const { recordsRejected, unreadableFields, unknownStates, historyTruncated, historyGap, expectationsUnmatched } =
    target;
  const present = [
    historyTruncated && 'the vendor cuts its answers: runs may be missing. See DataJobsHistoryTruncated.',
    expectationsUnmatched.length > 0 &&
      `expected, but no job matches: ${expectationsUnmatched.join(', ')}. See DataJobsExpectationUnmatched.`,
  ];
  const past = [
    recordsRejected > 0 && `records rejected since the ledger began: ${recordsRejected}. See DataJobsRecordsRejected.`,
    unreadableFields.length > 0 &&
      `fields that could not be read, seen since the ledger began: ${unreadableFields.join(', ')}. See DataJobsUnreadableFields.`,
    unknownStates.length > 0 &&
      `states nobody listed, seen since the ledger began: ${unknownStates.join(', ')}. See DataJobsUnknownState.`,
    historyGap > 0 &&
      `runs of ${formatDuration(historyGap)} in all since the ledger began could not be counted. See DataJobsHistoryGap.`,
  ];
  const toWarnings = (lines: readonly (string | false)[], isPast: boolean): readonly Warning[] =>
    lines.filter((line) => line !== false).map((line) => ({ text: `${target.name}: ${line}`, isPast }));
  return [...toWarnings(present, false), ...toWarnings(past, true)];
}
