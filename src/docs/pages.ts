import { renderConfigSchema } from '../config/config-schema.ts';
import { VENDORS } from '../vendors/registry.ts';
import { renderMetrics } from './render-metrics.ts';
import { renderVendors } from './render-vendors.ts';

/** Renders every page that is made from the code, by its path from the root of the project. */
export function renderPages(): Readonly<Record<string, string>> {
  return {
    'docs/metrics.md': renderMetrics(),
    'docs/vendors.md': renderVendors(),
    'docs/config.schema.json': renderConfigSchema(VENDORS),
  };
}
