import type { z } from 'zod';
import { checkShape } from '../config/check-shape.ts';
import { ConfigError } from '../config/config.ts';
import { toJsonSchema } from '../config/json-schema.ts';
import type { PathProblem } from '../config/path-problem.ts';
import { readYamlFile } from '../config/read-yaml.ts';
import { findPlanProblems } from '../simulator/check-plan.ts';
import { createPlanFile, type WorldPlan } from '../simulator/plan-file.ts';

/**
 * Reads a plan, YAML or JSON.
 *
 * @param vendors ids of vendors that have a simulator
 * @throws ConfigError with every problem; nothing else
 */
export function loadPlan(file: string, vendors: readonly string[]): WorldPlan {
  const yaml = readYamlFile(file, { unreadable: "name the plan's file with --plan", expected: 'jobs: and a list' });
  const shape: z.ZodType<WorldPlan> = createPlanFile(vendors);
  const { value, problems } = checkShape(shape, yaml.value, [], () => toJsonSchema(shape));
  const all = [...yaml.problems, ...problems, ...(value === null ? [] : findImpossible(value))];
  if (value === null || all.length > 0) throw new ConfigError(yaml.locate(all));
  return value;
}

/** Finds jobs of the right shape that no vendor could have. */
function findImpossible({ jobs }: WorldPlan): readonly PathProblem[] {
  return findPlanProblems(jobs).map(({ index, key, what }) => ({ path: ['jobs', index, key], at: 'value', what }));
}
