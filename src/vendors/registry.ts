import { adverity } from './adverity/index.ts';
import { matatika } from './matatika/index.ts';
import { polaris } from './polaris/index.ts';
import { snowplow } from './snowplow/index.ts';
import { tailer } from './tailer/index.ts';
import type { Vendor } from './vendor.ts';

/**
 * Every vendor, in the order of the documentation: one line each.
 *
 * In this list the type of a vendor's settings is forgotten. That is safe as long as `account` and `connect` are given
 * what the same vendor's `settings` parsed, which is the only way a target of the configuration comes to be.
 */
export const VENDORS: readonly Vendor[] = [snowplow, adverity, matatika, polaris, tailer];

/** The vendor of a `vendor:` key or label; null where there is none of that name. */
export function findVendor(id: string): Vendor | null {
  return VENDORS.find((vendor) => vendor.id === id) ?? null;
}
