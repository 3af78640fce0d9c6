/** All dashboards by file name, without `.json`. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { exporter } from './exporter.ts';
import { job } from './job.ts';
import { overview } from './overview.ts';
import { vendorDashboards } from './vendors.ts';

export function dashboards(): ReadonlyMap<string, Dashboard> {
  return new Map([['overview', overview()], ['job', job()], ...vendorDashboards(), ['exporter', exporter()]]);
}
