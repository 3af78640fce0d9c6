/** The steps of a run as they stand at an instant: a graph laid over the run's time, each step as soon as it can. */
import { type Seconds, seconds, type UnixSeconds, unixSeconds } from '../model/time.ts';
import type { Course } from './course.ts';
import { draw } from './draw.ts';
import type { StepPlan, WorldStep } from './world.ts';

interface StepNode {
  readonly name: string;
  readonly dependencies: readonly string[];
}

/** A step with its start and end, in weights: where a step breaks, the ones that wait for it never start. */
interface PlannedStep extends StepNode {
  readonly start: number;
  readonly end: number;
}

/** The fate of a run's steps: `broken` ends as the run does (or hangs with it); `lost` wait for it and are skipped. */
interface Fate {
  readonly broken: string | null;
  readonly lost: ReadonlySet<string>;
}

/** Names every step's dependencies: a bare name waits for the step before it. */
export function toStepNodes(steps: readonly StepPlan[]): readonly StepNode[] {
  return steps.map((step, index) => {
    if (typeof step !== 'string') return { name: step.name, dependencies: step.after };
    const previous = steps[index - 1];
    return {
      name: step,
      dependencies: previous === undefined ? [] : [typeof previous === 'string' ? previous : previous.name],
    };
  });
}

/** The steps of a run at `at`; empty where the job has none. */
export function showSteps(course: Course, at: UnixSeconds): readonly WorldStep[] {
  const nodes = toStepNodes(course.planned.plan.steps ?? []);
  const planned = layOut(course, nodes);
  const fate = decideFate(course, planned);
  // The run ends with its last executed step, so the others' times are stretched to fill it.
  const executed = planned.filter(({ name }) => !fate.lost.has(name));
  const stretch = (course.nominalEnd - course.startedAt) / Math.max(...executed.map(({ end }) => end), 0);
  const endOfRun = at >= course.endShownAt;
  return planned.map(({ name, dependencies, start, end }) => {
    const startedAt = unixSeconds(course.startedAt + start * stretch);
    const endedAt = unixSeconds(course.startedAt + end * stretch);
    const waiting = { name, dependencies, startedAt: null, result: null, duration: null };
    if (fate.lost.has(name)) return endOfRun ? { ...waiting, result: 'skip' } : waiting;
    if (at < startedAt) return waiting;
    const isBroken = name === fate.broken;
    if (at < endedAt || (isBroken && !endOfRun)) return { ...waiting, startedAt };
    const duration: Seconds = seconds(endedAt - startedAt);
    return { name, dependencies, startedAt, result: isBroken ? course.result : 'success', duration };
  });
}

/** Earliest start and end of each step, in weights drawn for the run. */
function layOut({ planned, runIndex }: Course, nodes: readonly StepNode[]): readonly PlannedStep[] {
  const endOf = new Map<string, number>();
  return nodes.map(({ name, dependencies }, index) => {
    const start = Math.max(0, ...dependencies.map((dependency) => endOf.get(dependency) ?? 0));
    const end = start + 0.2 + draw(planned.seed, 'stepWeight', runIndex, index);
    endOf.set(name, end);
    return { name, dependencies, start, end };
  });
}

function decideFate({ planned, runIndex, result, endedAt }: Course, steps: readonly PlannedStep[]): Fate {
  const isStuck = endedAt === Number.POSITIVE_INFINITY;
  if (!isStuck && result === 'skip') return { broken: null, lost: new Set(steps.map(({ name }) => name)) };
  if (!isStuck && result === 'success') return { broken: null, lost: new Set() };
  const broken = steps[Math.floor(draw(planned.seed, 'brokenStep', runIndex) * steps.length)]?.name ?? null;
  const lost = new Set<string>();
  for (const { name, dependencies } of steps)
    if (dependencies.some((dependency) => dependency === broken || lost.has(dependency))) lost.add(name);
  return { broken, lost };
}
