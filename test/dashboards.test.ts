import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PrometheusRule, ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import { ConfigMap } from 'kubernetes-models/v1';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { renderFiles } from '../dashboards/src/rendered-files.ts';
import { loadRuleGroups } from '../dashboards/src/rules.ts';
import { knownSeries, unknownNames } from './support/promql.ts';

const REPOSITORY = join(import.meta.dirname, '..');
const FOLDER = join(REPOSITORY, 'dashboards');

const Panel = z.object({
  id: z.number(),
  type: z.string(),
  title: z.string(),
  description: z.string().optional(),
  gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
  fieldConfig: z.object({ defaults: z.object({ noValue: z.string().optional() }) }).optional(),
  targets: z.array(z.object({ expr: z.string(), refId: z.string() })).default([]),
});
const Dashboard = z.object({
  uid: z.string(),
  templating: z.object({
    list: z.array(
      z.object({ name: z.string(), type: z.string(), query: z.union([z.string(), z.object({ query: z.string() })]) }),
    ),
  }),
  annotations: z.object({ list: z.array(z.object({ expr: z.string() })) }),
  panels: z.array(Panel),
});

const rendered = await renderFiles();
const dashboards = [...rendered]
  .filter(([path]) => /^[a-z]+\.json$/.test(path))
  .map(([path, text]) => ({ path, ...Dashboard.parse(JSON.parse(text)) }));
const known = knownSeries((await loadRuleGroups()).flatMap(({ rules }) => rules));

async function read(...path: string[]): Promise<string> {
  return readFile(join(REPOSITORY, ...path), 'utf8');
}

describe('the committed files', () => {
  it.each([...rendered.keys()])('%s is what the code makes (else: npm run dashboards)', async (path) => {
    const committed = await read('dashboards', path);

    expect(committed === rendered.get(path)).toBe(true);
  });

  it('hold no dashboard that the code no longer makes', async () => {
    const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.json'));

    expect(files.sort()).toEqual(dashboards.map(({ path }) => path).sort());
  });
});

describe.each(dashboards)('the dashboard $path', ({ uid, panels, templating, annotations }) => {
  it('names only metrics and labels of the catalogue or the recording rules, and no bucket by its bound', () => {
    const variables = templating.list.flatMap(({ query }) => {
      const [, asked] = /^label_values\((.+), \w+\)$/.exec(typeof query === 'string' ? '' : query.query) ?? [];
      return asked === undefined ? [] : [asked];
    });
    const queries = [
      ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
      ...annotations.list.map(({ expr }) => expr),
      ...variables,
    ];

    const unknown = queries.flatMap((query) => unknownNames(query, known));

    expect(queries.length).toBeGreaterThan(10);
    expect(unknown).toEqual([]);
  });

  it('explains each panel, also where it has no data', () => {
    const bare = panels.filter(
      ({ type, description, fieldConfig, targets }) =>
        type !== 'row' && !(description && fieldConfig?.defaults.noValue && targets.length > 0),
    );

    expect(bare).toEqual([]);
  });

  it('fits the width of a page, no panel over another', () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${String(x + (index % w))},${String(y + Math.floor(index / w))}`),
    );

    expect(panels.filter(({ gridPos }) => gridPos.x + gridPos.w > 24)).toEqual([]);
    expect(new Set(cells).size).toBe(cells.length);
  });

  it('has an id of its own, and lets its reader choose a data source', () => {
    expect(dashboards.filter((other) => other.uid === uid)).toHaveLength(1);
    expect(templating.list[0]).toMatchObject({ name: 'datasource', type: 'datasource' });
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });
});

describe('the Kubernetes objects', () => {
  function objects(path: string): readonly unknown[] {
    return parseAllDocuments(rendered.get(path) ?? '').map((document): unknown => document.toJS());
  }

  it('are valid by the schemas of the Prometheus Operator and of Kubernetes', () => {
    const rules = objects('kubernetes/prometheus-rule.yaml');
    const monitors = objects('kubernetes/service-monitor.yaml');
    const configMaps = objects('kubernetes/dashboards.yaml');

    expect([rules.length, monitors.length, configMaps.length]).toEqual([1, 1, dashboards.length]);
    for (const object of rules) new PrometheusRule(object as never).validate();
    for (const object of monitors) new ServiceMonitor(object as never).validate();
    for (const object of configMaps) new ConfigMap(object as never).validate();
  });

  it('would be refused with a rule that has no expression', () => {
    const wrong = { metadata: { name: 'a' }, spec: { groups: [{ name: 'a', rules: [{ alert: 'A' }] }] } };

    expect(() => new PrometheusRule(wrong as never).validate()).toThrow('expr');
  });

  it('hold each dashboard whole and small enough for a ConfigMap', () => {
    const texts = objects('kubernetes/dashboards.yaml').flatMap((object) =>
      Object.values(z.object({ data: z.record(z.string(), z.string()) }).parse(object).data),
    );

    expect(texts.map((text) => Dashboard.parse(JSON.parse(text)).uid)).toEqual(dashboards.map(({ uid }) => uid));
    expect(texts.filter((text) => text.length > 900_000)).toEqual([]);
  });
});

describe('the mixin and the compose file', () => {
  it('import every dashboard and both kinds of rules', async () => {
    const mixin = await read('dashboards', 'mixin', 'mixin.libsonnet');

    const imported = [...mixin.matchAll(/import '([^']+)'/g)].map(([, path]) => path ?? '');

    expect(imported.sort()).toEqual(
      [...dashboards.map(({ path }) => `../${path}`), 'alerts.json', 'rules.json'].sort(),
    );
  });

  it('mount every dashboard, and only files that exist', async () => {
    const { services } = z
      .object({ services: z.record(z.string(), z.object({ volumes: z.array(z.string()).default([]) })) })
      .parse(parse(await read('compose.yaml')));

    const mounted = Object.values(services)
      .flatMap(({ volumes }) => volumes)
      .map((volume) => volume.split(':')[0] ?? '')
      .filter((source) => source.startsWith('./'));

    expect(mounted.filter((source) => /\/[a-z]+\.json$/.test(source)).sort()).toEqual(
      dashboards.map(({ path }) => `./dashboards/${path}`).sort(),
    );
    for (const source of mounted) await access(join(REPOSITORY, source));
  });
});
