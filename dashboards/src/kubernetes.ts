/**
 * Rules, scrape and dashboards as Kubernetes objects: what the Prometheus Operator and Grafana's sidecar read.
 *
 * @see https://prometheus-operator.dev/docs/api-reference/api/ (PrometheusRule, ServiceMonitor; read 2026-11-22)
 */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import type { RuleGroup } from './rules.ts';

const LABELS = { 'app.kubernetes.io/name': 'datajobs-exporter', 'app.kubernetes.io/part-of': 'datajobs' };

/** An object as `kubectl apply` takes it. */
export type KubernetesObject = Readonly<Record<string, unknown>>;

/** All rules as one PrometheusRule. */
export function toPrometheusRule(groups: readonly RuleGroup[]): KubernetesObject {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'datajobs', labels: LABELS },
    spec: { groups },
  };
}

/** Scrapes the port `http` of services with the exporter's name label. */
export function toServiceMonitor(): KubernetesObject {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: { name: 'datajobs-exporter', labels: LABELS },
    spec: {
      selector: { matchLabels: { 'app.kubernetes.io/name': 'datajobs-exporter' } },
      endpoints: [{ port: 'http', path: '/metrics', interval: '30s', scrapeTimeout: '10s' }],
    },
  };
}

/** One ConfigMap a dashboard, with the label by which Grafana's sidecar finds it. */
export function toConfigMaps(dashboards: ReadonlyMap<string, Dashboard>): readonly KubernetesObject[] {
  return [...dashboards].map(([name, dashboard]) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: `datajobs-dashboard-${name}`,
      labels: { ...LABELS, grafana_dashboard: '1' },
      annotations: { grafana_folder: 'Data jobs' },
    },
    data: { [`datajobs-${name}.json`]: `${JSON.stringify(dashboard)}\n` },
  }));
}
