import type { z } from 'zod';
import { checkShape, dropEchoes } from '../config/check-shape.ts';
import { ConfigError } from '../config/config.ts';
import type { Fault } from '../config/fault.ts';
import { createFiles, fileTrouble } from '../config/files.ts';
import { toJsonSchema } from '../config/json-schema.ts';
import { inOrder } from '../config/load-config.ts';
import { readYaml } from '../config/read-yaml.ts';
import { findPlanProblems } from '../simulator/check-plan.ts';
import { createPlanFile, type WorldPlan } from '../simulator/plan-file.ts';

/**
 * Reads a plan, YAML or JSON.
 *
 * @param vendors ids of vendors that have a simulator
 * @throws ConfigError with every problem; nothing else
 */
export function loadPlan(file: string, vendors: readonly string[]): WorldPlan {
  const yaml = readYaml(readText(file), file);
  if (yaml.value === null)
    throw new ConfigError([{ place: `${file}:1:1`, message: 'the file is empty; expected jobs: and a list' }]);
  const shape: z.ZodType<WorldPlan> = createPlanFile(vendors);
  const { value, faults } = checkShape(shape, yaml.value, [], () => toJsonSchema(shape));
  const problems = [...yaml.faults, ...faults, ...(value === null ? [] : findImpossible(value))];
  if (value === null || problems.length > 0)
    throw new ConfigError(inOrder(dropEchoes(problems).map((fault) => yaml.toProblem(fault))));
  return value;
}

function readText(file: string): string {
  try {
    return createFiles().read(file);
  } catch (error) {
    const message = `cannot be read (${fileTrouble(error)}); name the plan's file with --plan`;
    throw new ConfigError([{ place: file, message }]);
  }
}

/** Jobs of the right shape that no vendor could have. */
function findImpossible({ jobs }: WorldPlan): readonly Fault[] {
  return findPlanProblems(jobs).map(({ index, key, what }) => ({ path: ['jobs', index, key], at: 'value', what }));
}
