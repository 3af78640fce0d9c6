import type { Ledger } from '../ledger/ledger.ts';

/** The same ledger, with its transactions counted by outcome. */
export function countCommits(ledger: Ledger, commits: Map<string, number>): Ledger {
  const count = (outcome: string): void => void commits.set(outcome, (commits.get(outcome) ?? 0) + 1);
  return {
    ...ledger,
    commit: async (target, change) => {
      try {
        await ledger.commit(target, change);
        count('ok');
      } catch (error) {
        count('failed');
        throw error;
      }
    },
  };
}
