/** What a person should look at although targets may be up, one line each. */
import { formatLength } from './moments.ts';
import type { StatusSource, TargetStatus } from './status.ts';

/** One line for each thing that is not as it should be, with the runbook that tells what to do. */
export function describeWarnings(status: Pick<StatusSource, 'reloadRefused' | 'targets'>): readonly string[] {
  const refused = status.reloadRefused()
    ? ['The configuration was refused at the last reload; the one before it is in use. See DataJobsConfigReloadFailed.']
    : [];
  return [...refused, ...status.targets().flatMap(describeTarget)];
}

/** Counts are as on `/metrics`: they stay, so that what was missed once is not forgotten. */
function describeTarget(target: TargetStatus): readonly string[] {
  const { recordsRejected, unknownStates, historyTruncated, historyGap, expectationsUnmatched } = target;
  const lines = [
    recordsRejected > 0 && `records rejected since the ledger began: ${recordsRejected}. See DataJobsRecordsRejected.`,
    unknownStates.length > 0 &&
      `states nobody listed, seen since the ledger began: ${unknownStates.join(', ')}. See DataJobsUnknownState.`,
    historyTruncated && 'the vendor cuts its answers: runs may be missing. See DataJobsHistoryTruncated.',
    historyGap > 0 &&
      `runs of ${formatLength(historyGap)} in all since the ledger began could not be counted. See DataJobsHistoryGap.`,
    expectationsUnmatched.length > 0 &&
      `expected, but no job matches: ${expectationsUnmatched.join(', ')}. See DataJobsExpectationUnmatched.`,
  ];
  return lines.filter((line) => line !== false).map((line) => `${target.name}: ${line}`);
}
