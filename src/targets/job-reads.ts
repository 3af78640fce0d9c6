import type { Run } from '../model/run.ts';

/** The outcome of a poll for its scopes. */
export interface ScopesPolled {
  /** Keys of those that were read to their end. */
  readonly read: ReadonlySet<string>;
  /** True if those were all. */
  readonly isWhole: boolean;
}

/** Memory of the jobs that the last poll has read. Kept by this process alone: none before the first poll has ended. */
export interface JobReads {
  /** Takes in that a scope lists runs of these jobs. */
  listed(scope: string, runs: readonly Run[]): void;
  /** Takes in how the last poll ended. */
  polled(scopes: ScopesPolled): void;
  /**
   * True if a scope that lists the job was read. Of a job that no scope has listed yet, only a poll in which all were
   * read can say so.
   */
  isRead(job: string): boolean;
}

export function createJobReads(): JobReads {
  /** Scopes that list a job, by its key; several where one lies within another. */
  const scopesByJob = new Map<string, Set<string>>();
  let last: ScopesPolled = { read: new Set(), isWhole: false };
  return {
    listed: (scope, runs) => {
      for (const { job } of runs) {
        const scopes = scopesByJob.get(job.key);
        if (scopes === undefined) scopesByJob.set(job.key, new Set([scope]));
        else scopes.add(scope);
      }
    },
    polled: (scopes) => {
      last = scopes;
    },
    isRead: (job) =>
      last.isWhole ||
      (scopesByJob
        .get(job)
        ?.values()
        .some((scope) => last.read.has(scope)) ??
        false),
  };
}
