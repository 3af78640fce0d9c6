/** promtool's tests of the rules, made cheap: nearly all of their time goes into evaluating rules. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import type { RuleGroup } from '../../dashboards/src/rules.ts';
import { formatPrometheusDuration, parsePrometheusDuration, seconds } from '../../src/model/time.ts';
import { namesIn } from './promql.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'dashboards', 'rules', 'tests');

/** One test of a file: input series, and what is asked of the rules over them. */
const RuleTest = z.looseObject({
  name: z.string(),
  alert_rule_test: z
    .array(z.looseObject({ eval_time: z.string(), alertname: z.string(), exp_alerts: z.array(z.unknown()) }))
    .default([]),
  promql_expr_test: z.array(z.looseObject({ eval_time: z.string(), expr: z.string() })).default([]),
});
const RuleTestFile = z.looseObject({ evaluation_interval: z.string(), tests: z.array(RuleTest) });

export type RuleTest = z.output<typeof RuleTest>;
/** A file as `promtool test rules` reads it. */
export type RuleTestFile = z.output<typeof RuleTestFile> & { readonly fileName: string };

/** A test, the rules that it is run with, and how often these are evaluated. */
interface RuleTestRun {
  readonly file: RuleTestFile;
  readonly test: RuleTest;
  readonly groups: readonly RuleGroup[];
  readonly interval: string;
}

/** All of `dashboards/rules/tests`. @throws ZodError where one is not as promtool has it, or a test has no name */
export async function readRuleTests(): Promise<readonly RuleTestFile[]> {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.yml')).sort();
  return Promise.all(
    names.map(async (fileName) => ({
      fileName,
      ...RuleTestFile.parse(parse(await readFile(join(FOLDER, fileName), 'utf8'))),
    })),
  );
}

/**
 * A test with those rules alone that decide its answers: the alerts and names that it asks about, and whatever these
 * are made from. A rule that nothing of this names cannot change them.
 *
 * @throws Error where a query does not name what it is made from, as with `ALERTS` or a matcher of `__name__`
 */
export function withRulesItAsksAbout(file: RuleTestFile, test: RuleTest, groups: readonly RuleGroup[]): RuleTestRun {
  const rules = groups.flatMap((group) => group.rules);
  const wanted = new Set(test.alert_rule_test.map(({ alertname }) => alertname));
  for (const { expr } of test.promql_expr_test) for (const metric of metricsIn(expr)) wanted.add(metric);
  // A set goes on to what is added to it meanwhile.
  for (const name of wanted)
    for (const rule of rules) if (nameOf(rule) === name) for (const metric of metricsIn(rule.expr)) wanted.add(metric);
  const kept = groups.map((group) => ({ ...group, rules: group.rules.filter((rule) => wanted.has(nameOf(rule))) }));
  return { file, test, groups: kept.filter((group) => group.rules.length > 0), interval: file.evaluation_interval };
}

/** A test's series with all rules, evaluated at five moments and asked about nothing: it fails where any of the rules does. */
export function withAllRules(file: RuleTestFile, test: RuleTest, groups: readonly RuleGroup[]): RuleTestRun {
  const asked = [...test.alert_rule_test, ...test.promql_expr_test].map(({ eval_time: at }) => at);
  const end = Math.max(...asked.map((at) => parsePrometheusDuration(at) ?? Number.NaN));
  const nothing = { eval_time: formatPrometheusDuration(seconds(end)), expr: 'vector(1)' };
  const samples = [{ labels: '{}', value: 1 }];
  return {
    file,
    test: { ...test, alert_rule_test: [], promql_expr_test: [{ ...nothing, exp_samples: samples }] },
    groups,
    interval: formatPrometheusDuration(seconds(Math.max(60, Math.ceil(end / 4)))),
  };
}

/**
 * Runs tests by `promtool test rules`.
 *
 * @returns how many of them succeeded
 * @throws Error with promtool's words on what failed
 */
export async function runRuleTests(promtool: string, runs: readonly RuleTestRun[]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'datajobs-rules-'));
  try {
    const files = await Promise.all(
      runs.map(async ({ file: { fileName, ...file }, test, groups, interval }, index) => {
        const [rules, name] = [`${index}-rules.yml`, `${index}-${fileName}`];
        await writeFile(join(folder, rules), stringify({ groups }));
        const alone = { ...file, evaluation_interval: interval, rule_files: [rules], tests: [test] };
        await writeFile(join(folder, name), stringify(alone));
        return name;
      }),
    );
    // Otherwise a fourth of promtool's time goes into collecting its garbage.
    const env = { ...process.env, GOGC: '400' };
    const { stdout } = await promisify(execFile)(promtool, ['test', 'rules', ...files], { cwd: folder, env });
    return stdout.match(/SUCCESS/g)?.length ?? 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function metricsIn(query: string): readonly string[] {
  const metrics = namesIn(query).selectors.map(({ metric }) => metric);
  if (metrics.some((metric) => metric === '' || metric.startsWith('ALERTS')))
    throw new Error(`no name says which rules this is made from: ${query}`);
  return metrics;
}

function nameOf(rule: RuleGroup['rules'][number]): string {
  return 'record' in rule ? rule.record : rule.alert;
}
