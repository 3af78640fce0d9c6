/** The rule files as data: what the Kubernetes object and the tests are made from. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const FOLDER = join(import.meta.dirname, '..', 'rules');

/** In the order in which they are loaded and evaluated. */
export const RULE_FILES = ['recording.yml', 'jobs.yml', 'targets.yml', 'exporter.yml'] as const;

const Texts = z.record(z.string(), z.string());
const Rule = z.union([
  z.strictObject({ record: z.string(), expr: z.string(), labels: Texts.optional() }),
  z.strictObject({
    alert: z.string(),
    expr: z.string(),
    for: z.string().optional(),
    keep_firing_for: z.string().optional(),
    labels: Texts,
    annotations: Texts,
  }),
]);
const RuleFile = z.strictObject({
  groups: z.array(z.strictObject({ name: z.string(), interval: z.string().optional(), rules: z.array(Rule) })),
});

export type Rule = z.output<typeof Rule>;
export type RuleGroup = z.output<typeof RuleFile>['groups'][number];

/** All groups of all files in their order. @throws ZodError where a file is not a rule file. */
export async function loadRuleGroups(): Promise<readonly RuleGroup[]> {
  const texts = await Promise.all(RULE_FILES.map(async (name) => readFile(join(FOLDER, name), 'utf8')));
  return texts.flatMap((text) => RuleFile.parse(parse(text)).groups);
}
