import { formatPrometheusDuration } from '../model/time.ts';
import { VENDORS } from '../vendors/registry.ts';
import type { Vendor } from '../vendors/vendor.ts';

/** Renders a table of the vendors' APIs, in Markdown, from the capabilities that drive the product. */
export function renderVendors(): string {
  return [
    '# Vendors',
    '',
    'Made by `npm run docs` from the capabilities of each vendor. Each has a page of its own on authentication,',
    'permissions, limits and quirks.',
    '',
    '| vendor | states | results | looks back at every poll | and every 15 minutes | reaches back | details fetched |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...VENDORS.map(renderRow),
    '',
  ].join('\n');
}

function renderRow({ id, title, capabilities }: Vendor): string {
  const { states, results, lookback, extendedLookback, reach, reachIs, finishedDetails, liveDetails } = capabilities;
  const details = [...new Set([...finishedDetails, ...liveDetails])].join(', ');
  const depth = `${formatPrometheusDuration(reach)} (${reachIs})`;
  return (
    `| [${title}](../src/vendors/${id}/README.md) | ${states.join(', ')} | ${results.join(', ')} ` +
    `| ${formatPrometheusDuration(lookback)} | ${formatPrometheusDuration(extendedLookback)} | ${depth} | ${details === '' ? 'none' : details} |`
  );
}
