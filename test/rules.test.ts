/**
 * The rules of `dashboards/rules` by promtool and by what they are made of. For a new alert: a rule, a case that fires and
 * a quiet one in `dashboards/rules/tests`, and a runbook. A test there is as promtool has it and needs a name; it is run
 * with the rules that it asks about, found by their names, so nothing has to be listed here. Its time goes up with its
 * latest `eval_time`, so a test begins shortly before what it is about; what takes days belongs into `days.yml`.
 */
import { execFile } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadRuleGroups, RULE_FILES } from '../dashboards/src/rules.ts';
import type { Rule } from '../dashboards/src/rules.ts';
import { CATALOGUE } from '../src/metrics/catalogue.ts';
import { OWNER_LABELS } from '../src/metrics/metric.ts';
import { fetchMonitoringTools } from './support/monitoring-tools.ts';
import type { MonitoringTools } from './support/monitoring-tools.ts';
import { knownSeries, namesIn, unknownNames } from './support/promql.ts';
import { readRuleTests, runRuleTests, withAllRules, withRulesItAsksAbout } from './support/rule-tests.ts';

const execute = promisify(execFile);
const REPOSITORY = join(import.meta.dirname, '..');
const RULES = join(REPOSITORY, 'dashboards', 'rules');
const RUNBOOKS = join(REPOSITORY, 'docs', 'runbooks');
const ALERTMANAGER = join(REPOSITORY, 'dashboards', 'alertmanager', 'alertmanager.yml');

type Alert = Extract<Rule, { alert: string }>;
const groups = await loadRuleGroups();
const rules = groups.flatMap((group) => group.rules);
const alerts = rules.filter((rule): rule is Alert => 'alert' in rule);
const ruleTests = await readRuleTests();

let tools: MonitoringTools;
beforeAll(async () => {
  tools = await fetchMonitoringTools();
});

describe('the rules', () => {
  it('are right by promtool, lint included', async () => {
    const files = RULE_FILES.map((name) => join(RULES, name));

    const { stdout } = await execute(tools.promtool, ['check', 'rules', '--lint=all', '--lint-fatal', ...files]);

    expect(stdout.match(/SUCCESS/g)).toHaveLength(files.length);
  });

  it.each(ruleTests)('do what their tests say: $fileName', async (file) => {
    const succeeded = await runRuleTests(
      tools.promtool,
      file.tests.map((test) => withRulesItAsksAbout(file, test, groups)),
    );

    expect(succeeded).toBe(file.tests.length);
  });

  it.each(ruleTests)('can all be evaluated over whatever the tests have: $fileName', async (file) => {
    const succeeded = await runRuleTests(
      tools.promtool,
      file.tests.map((test) => withAllRules(file, test, groups)),
    );

    expect(succeeded).toBe(file.tests.length);
  });

  it('name only metrics and labels of the catalogue, and no bucket by its bound', () => {
    const known = knownSeries(rules);

    const unknown = rules.flatMap((rule) => unknownNames(rule.expr, known));

    expect(unknown).toEqual([]);
  });

  it('aggregate each family by exactly its own labels', () => {
    const expected = new Map(
      CATALOGUE.map(({ name, owner, labels }) => [
        `${name.replace('datajobs_', 'datajobs:')}:max`,
        { metric: name, by: [...OWNER_LABELS[owner], ...labels] },
      ]),
    );

    const aggregates = rules.flatMap((rule) =>
      'record' in rule && expected.has(rule.record) ? [{ record: rule.record, ...namesIn(rule.expr) }] : [],
    );

    expect(aggregates.length).toBeGreaterThan(15);
    expect(aggregates.map(({ record, selectors, grouping }) => [record, selectors[0]?.metric, grouping])).toEqual(
      aggregates.map(({ record }) => [record, expected.get(record)?.metric, expected.get(record)?.by]),
    );
  });

  it('judge ages only while the job, or else the target, is read', () => {
    const ages = rules.filter(({ expr }) => /time\(\) - (?!\d)|- time\(\)/.test(expr));

    expect(ages.length).toBeGreaterThan(4);
    expect(ages.filter(({ expr }) => !/datajobs:job:read == 1|datajobs:target_up:max == 1/.test(expr))).toEqual([]);
  });
});

describe('each alert', () => {
  const cases = ruleTests.flatMap(({ tests }) => tests.flatMap((test) => test.alert_rule_test));

  it.each(alerts.map(({ alert }) => alert))('%s is tested both firing and quiet', (name) => {
    const own = cases.filter(({ alertname }) => alertname === name);

    expect(own.some(({ exp_alerts: expected }) => expected.length > 0)).toBe(true);
    expect(own.some(({ exp_alerts: expected }) => expected.length === 0)).toBe(true);
  });

  it.each(alerts)('$alert says what it is in the same way', ({ alert, labels, annotations }) => {
    expect(alert).toMatch(/^DataJobs(?:[A-Z][a-z]+)+$/);
    expect(Object.keys(labels)).toEqual(['severity']);
    expect(['critical', 'warning', 'info']).toContain(labels['severity']);
    expect(Object.keys(annotations)).toEqual(['summary', 'description', 'runbook_url']);
    expect(annotations['summary']).toMatch(/^[^{}]+\.$/);
    expect(annotations['description']).toMatch(/\{\{.+\}\}/);
    expect(annotations['runbook_url']).toMatch(new RegExp(`/docs/runbooks/${alert}\\.md$`));
  });

  it('has a runbook, and no runbook is left over', async () => {
    const pages = await readdir(RUNBOOKS);

    expect(pages.sort()).toEqual(alerts.map(({ alert }) => `${alert}.md`).sort());
  });

  it.each(alerts.map(({ alert }) => alert))('%s has a runbook with every part', async (name) => {
    const page = await readFile(join(RUNBOOKS, `${name}.md`), 'utf8');

    expect(page.match(/^#+ .+$/gm)).toEqual([
      `# ${name}`,
      '## What it means',
      '## What to look at',
      '## What to do',
      '## How to silence it',
    ]);
  });
});

describe('the Alertmanager example', () => {
  it('is right by amtool', async () => {
    const { stdout } = await execute(tools.amtool, ['check-config', ALERTMANAGER]);

    expect(stdout).toContain('SUCCESS');
  });

  it('holds back the alerts of jobs only while nothing of their target is read', async () => {
    const example = parse(await readFile(ALERTMANAGER, 'utf8')) as {
      inhibit_rules: { source_matchers: string[]; target_matchers: string[]; equal: string[] }[];
    };

    const ofWholeTargets = example.inhibit_rules.filter(({ equal }) => equal.join() === 'vendor,target');
    const ofJobs = ofWholeTargets.filter(({ target_matchers: held }) => held.some((text) => text.includes('job_name')));

    expect(ofJobs.map(({ source_matchers: source }) => source)).toEqual([['alertname="DataJobsTargetDown"']]);
  });

  it.each([
    ['a job that keeps failing', 'on-call', 'DataJobsFailingRepeatedly', 'critical', { target: 'acme', job_name: 'a' }],
    ['a failed run', 'data-platform', 'DataJobsRunFailed', 'warning', { target: 'acme', job_name: 'a' }],
    [
      'a failed ingestion',
      'ingestion-team',
      'DataJobsRunFailed',
      'warning',
      { vendor: 'polaris', target: 'b', job_name: 'a' },
    ],
    ['a failed run at a test target', 'quiet', 'DataJobsRunFailed', 'warning', { target: 'acme-test', job_name: 'a' }],
    ['a target that is down', 'on-call', 'DataJobsTargetDown', 'critical', { vendor: 'polaris', target: 'b' }],
    ['a part that is down', 'on-call', 'DataJobsTargetPartlyDown', 'critical', { vendor: 'polaris', target: 'b' }],
    ['a gap in the history', 'data-platform', 'DataJobsHistoryGap', 'warning', { vendor: 'polaris', target: 'b' }],
    ['the exporter gone', 'exporter-operators', 'DataJobsExporterDown', 'critical', { job: 'datajobs' }],
  ])('notifies of %s to %s', async (_, receiver, alertname, severity, labels) => {
    const matchers = Object.entries({ alertname, severity, ...labels }).map(([name, value]) => `${name}=${value}`);

    const { stdout } = await execute(tools.amtool, [
      'config',
      'routes',
      'test',
      `--config.file=${ALERTMANAGER}`,
      ...matchers,
    ]);

    expect(stdout.trim()).toBe(receiver);
  });
});
