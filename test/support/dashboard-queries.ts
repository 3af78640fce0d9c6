import { z } from 'zod';
import { dashboards } from '../../dashboards/src/dashboards.ts';
import { withoutVariables } from './promql.ts';

/** Values that Grafana fills in for the time chosen and the interval of points: short, so that a test need not wait. */
const RANGE = '1m';

const Dashboard = z.object({
  panels: z.array(
    z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string(), refId: z.string() })).default([]) }),
  ),
  annotations: z.object({ list: z.array(z.object({ name: z.string(), expr: z.string() })) }),
});

/** A query, and who asks it: `overview: Failing now (A)`. */
export interface Asked {
  readonly where: string;
  readonly query: string;
}

/** Every query of every panel and annotation of every dashboard, as Prometheus gets it with "All" chosen. */
export function dashboardQueries(): readonly Asked[] {
  return [...dashboards()].flatMap(([name, dashboard]) => {
    const { panels, annotations } = Dashboard.parse(dashboard);
    const asked = [
      ...panels.flatMap(({ title, targets }) =>
        targets.map(({ expr, refId }) => ({ where: `${name}: ${title} (${refId})`, query: expr })),
      ),
      ...annotations.list.map(({ name: title, expr }) => ({ where: `${name}: ${title}`, query: expr })),
    ];
    return asked.map(({ where, query }) => ({ where, query: withoutVariables(query, RANGE) }));
  });
}
