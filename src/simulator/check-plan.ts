/** The rules that a plan must meet before a world is made of it. */
import type { Result } from '../model/run.ts';
import { toStepNodes } from './show-steps.ts';
import type { JobPlan } from './world.ts';

/** Results that each vendor's documented states can say (spec section 1). Another vendor's jobs may end in any way. */
const RESULTS_BY_VENDOR: Readonly<Record<string, readonly Result[]>> = {
  snowplow: ['success', 'failure', 'skip'],
  adverity: ['success', 'failure', 'cancellation', 'skip', 'error'],
  matatika: ['success', 'failure', 'cancellation'],
  polaris: ['success', 'failure', 'cancellation'],
  tailer: ['success', 'failure', 'skip'],
};

/** Vendors of which something is known of runs without an end or a duration. */
const UNTIMED_AT: readonly string[] = ['tailer'];

/** A problem with one key of a job. */
interface Problem {
  readonly key: keyof JobPlan;
  /** Begins with what is expected where it can. */
  readonly what: string;
}

/** A problem, and the job of the plan that has it. */
export interface PlanProblem extends Problem {
  /** The job's position in the plan, from 0. */
  readonly index: number;
}

/**
 * Checks every job of a plan.
 * @throws Error naming every problem, one a line.
 */
export function checkPlan(plan: readonly JobPlan[]): void {
  const problems = findPlanProblems(plan).map(
    ({ index, key, what }) => `plan[${index}] (${plan[index]?.vendor} "${plan[index]?.name}"): ${key}: ${what}`,
  );
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

/** Finds every problem of a plan, job by job. */
export function findPlanProblems(plan: readonly JobPlan[]): readonly PlanProblem[] {
  return plan.flatMap((job, index) => problemsOf(job).map((problem) => ({ index, ...problem })));
}

function problemsOf(plan: JobPlan): readonly Problem[] {
  return [
    ...(plan.every > 0 ? [] : [{ key: 'every', what: 'expected more than 0 s' } as const]),
    ...problemsOfRange('queue', plan.queue),
    ...problemsOfRange('duration', plan.duration),
    ...problemsOfRange('revisedAfter', plan.revisedAfter ?? [0, 0]),
    ...problemsOfResults(plan),
    ...problemsOfPercents(plan),
    ...problemsOfSteps(plan),
    ...(plan.untimed !== true || UNTIMED_AT.includes(plan.vendor)
      ? []
      : [{ key: 'untimed', what: `expected only at ${UNTIMED_AT.join(', ')}` } as const]),
    ...(plan.cycle === undefined || plan.cycle > 0 ? [] : [{ key: 'cycle', what: 'expected more than 0 s' } as const]),
  ];
}

function problemsOfRange(key: keyof JobPlan, [low, high]: readonly [number, number]): readonly Problem[] {
  return low >= 0 && high >= low ? [] : [{ key, what: `expected 0 <= shortest <= longest, not ${low} and ${high}` }];
}

function problemsOfResults({ vendor, results }: JobPlan): readonly Problem[] {
  const possible = Object.hasOwn(RESULTS_BY_VENDOR, vendor) ? RESULTS_BY_VENDOR[vendor] : undefined;
  const weighted = Object.entries(results);
  const problems = [
    ...(weighted.some(([, weight]) => weight > 0) ? [] : ['expected a weight above 0']),
    ...weighted.filter(([, weight]) => weight < 0).map(([result]) => `expected no negative weight of ${result}`),
    ...weighted
      .filter(([result]) => possible !== undefined && !(possible as readonly string[]).includes(result))
      .map(([result]) => `${vendor} has no ${result}; expected ${possible?.join(', ')}`),
  ];
  return problems.map((what) => ({ key: 'results', what }));
}

function problemsOfPercents(plan: JobPlan): readonly Problem[] {
  const keys = [
    'stuckPercent',
    'vanishPercent',
    'revisedPercent',
    'unhealthyPercent',
    'idlePercent',
    'pausedPercent',
  ] as const;
  const outside = keys
    .filter((key) => (plan[key] ?? 0) < 0 || (plan[key] ?? 0) > 100)
    .map((key) => ({ key, what: 'expected 0 to 100' }));
  const still = (plan.idlePercent ?? 0) + (plan.pausedPercent ?? 0);
  if (still < 100) return outside;
  return [...outside, { key: 'pausedPercent', what: 'expected less than 100 together with idlePercent' }];
}

function problemsOfSteps({ steps = [] }: JobPlan): readonly Problem[] {
  const nodes = toStepNodes(steps);
  const problems = nodes.flatMap(({ name, dependencies }, index) => {
    const previous = new Set(nodes.slice(0, index).map((node) => node.name));
    return [
      ...(previous.has(name) ? [`"${name}" is there twice`] : []),
      ...dependencies
        .filter((dependency) => !previous.has(dependency))
        .map((dependency) => `"${name}" waits for "${dependency}", which does not stand before it`),
    ];
  });
  return problems.map((what) => ({ key: 'steps', what }));
}
