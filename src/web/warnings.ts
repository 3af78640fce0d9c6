/** Warnings of the status page, one line each: what a person should look at although targets may be up. */
import { formatDuration } from './format-time.ts';
import type { StatusSource, TargetStatus } from '../engine/status.ts';

export interface Warning {
  /** One line, which ends with the runbook that tells what to do. */
  readonly text: string;
  /** True for what happened once or more often and is over, as far as is known. */
  readonly isPast: boolean;
}

/** Lists everything that is not as it should be, or was not. */
export function describeWarnings(status: Pick<StatusSource, 'reloadRefused' | 'targets'>): readonly Warning[] {
  const text =
    'The configuration was refused at the last reload; the one before it is in use. See DataJobsConfigReloadFailed.';
  const refused = status.reloadRefused() ? [{ text, isPast: false }] : [];
  return [...refused, ...status.targets().flatMap(describeTarget)];
}

/** Warnings of one target. Past ones stay, as the counts on `/metrics` do, but do not turn the summary from green. */
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
