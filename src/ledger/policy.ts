import type { Seconds } from '../model/time.ts';
import type { Capabilities } from '../vendors/vendor.ts';

/** The settings of a target, and its vendor's capabilities, as far as reconciling needs them. */
export interface TargetPolicy {
  readonly capabilities: Capabilities;
  /** True if `jobs.include` and `jobs.exclude` let a job of this name be shown. */
  includes(jobName: string): boolean;
  /** True if `expect` names the job: it then never expires. */
  expects(jobName: string, workspace: string): boolean;
  /** Jobs shown by name; all others are shown together as `(other)`. */
  readonly maxJobs: number;
  readonly jobRetention: Seconds;
  readonly lostRunRetention: Seconds;
  /** The longest interval of polling. */
  readonly pollInterval: Seconds;
}
