/** What a plan must hold to before a world is made of it. */
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

/**
 * Checks every job of a plan.
 * @throws Error naming every problem, one a line.
 */
export function checkPlan(plan: readonly JobPlan[]): void {
  const problems = plan.flatMap((job, index) =>
    problemsOf(job).map((problem) => `plan[${index}] (${job.vendor} "${job.name}"): ${problem}`),
  );
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

function problemsOf(plan: JobPlan): readonly string[] {
  return [
    ...(plan.every > 0 ? [] : ['every: expected more than 0 s']),
    ...problemsOfRange('queue', plan.queue),
    ...problemsOfRange('duration', plan.duration),
    ...problemsOfRange('revisedAfter', plan.revisedAfter ?? [0, 0]),
    ...problemsOfResults(plan),
    ...problemsOfPercents(plan),
    ...problemsOfSteps(plan),
    ...(plan.cycle === undefined || plan.cycle > 0 ? [] : ['cycle: expected more than 0 s']),
  ];
}

function problemsOfRange(name: string, [low, high]: readonly [number, number]): readonly string[] {
  return low >= 0 && high >= low ? [] : [`${name}: expected 0 <= shortest <= longest, not ${low} and ${high}`];
}

function problemsOfResults({ vendor, results }: JobPlan): readonly string[] {
  const possible = Object.hasOwn(RESULTS_BY_VENDOR, vendor) ? RESULTS_BY_VENDOR[vendor] : undefined;
  const weighted = Object.entries(results);
  return [
    ...(weighted.some(([, weight]) => weight > 0) ? [] : ['results: expected a weight above 0']),
    ...weighted.filter(([, weight]) => weight < 0).map(([result]) => `results.${result}: expected no negative weight`),
    ...weighted
      .filter(([result]) => possible !== undefined && !(possible as readonly string[]).includes(result))
      .map(([result]) => `results.${result}: ${vendor} has no such result; it has ${possible?.join(', ')}`),
  ];
}

function problemsOfPercents(plan: JobPlan): readonly string[] {
  const names = [
    'stuckPercent',
    'vanishPercent',
    'revisedPercent',
    'unhealthyPercent',
    'idlePercent',
    'pausedPercent',
  ] as const;
  const outside = names
    .filter((name) => (plan[name] ?? 0) < 0 || (plan[name] ?? 0) > 100)
    .map((name) => `${name}: expected 0 to 100`);
  const still = (plan.idlePercent ?? 0) + (plan.pausedPercent ?? 0);
  return still < 100 ? outside : [...outside, 'idlePercent and pausedPercent: expected less than 100 together'];
}

function problemsOfSteps({ steps = [] }: JobPlan): readonly string[] {
  const nodes = toStepNodes(steps);
  return nodes.flatMap(({ name, dependencies }, index) => {
    const before = new Set(nodes.slice(0, index).map((node) => node.name));
    return [
      ...(before.has(name) ? [`steps: "${name}" is there twice`] : []),
      ...dependencies
        .filter((dependency) => !before.has(dependency))
        .map((dependency) => `steps: "${name}" waits for "${dependency}", which does not stand before it`),
    ];
  });
}
