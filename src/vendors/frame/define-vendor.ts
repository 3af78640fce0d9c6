import type { z } from 'zod';
import { RESULTS, STATES } from '../../model/run.ts';
import { seconds } from '../../model/time.ts';
import { createVendorClient } from './create-vendor-client.ts';
import type { Capabilities, Scope, Vendor } from '../vendor.ts';
import type { TargetSettings, VendorDefinition } from './vendor-definition.ts';

/** The zod shape of settings that have `base_url` and `auth`. */
type TargetShape = z.ZodRawShape & { readonly [Key in keyof TargetSettings]: z.ZodType<TargetSettings[Key]> };

/**
 * Makes a vendor of what its folder says of its API. Everything else is the same for all of them: how a list is paged
 * through and proven whole, how a record that cannot be read is kept apart, what a 404 for a run means.
 */
export function defineVendor<Shape extends TargetShape, OwnScope extends Scope, Wire, KnownWire = never>(
  definition: { readonly settings: z.ZodObject<Shape> } & VendorDefinition<
    z.output<z.ZodObject<Shape>>,
    OwnScope,
    Wire,
    KnownWire
  >,
): Vendor<Shape> {
  const { id, title, settings, operations, account, shownRunId, capabilitiesFor } = definition;
  const capabilities = toCapabilities(definition);
  return {
    id,
    title,
    settings,
    operations,
    capabilities,
    ...(capabilitiesFor && { capabilitiesFor: (chosen) => ({ ...capabilities, ...capabilitiesFor(chosen) }) }),
    account: account ?? (() => ''),
    ...(shownRunId && { shownRunId: (run) => orElse(() => shownRunId(run), run) }),
    connect: (options) => createVendorClient(definition, options),
  };
}

function orElse<Value>(get: () => Value, fallback: Value): Value {
  try {
    return get();
  } catch {
    return fallback;
  }
}

function toCapabilities({
  capabilities,
  meanings,
  slicing,
}: Pick<VendorDefinition<never, never, never, never>, 'capabilities' | 'meanings' | 'slicing'>): Capabilities {
  const used = new Set(meanings.flatMap((table) => Object.values(table)));
  return {
    states: STATES.filter((state) => state === 'unknown' || used.has(state)),
    results: RESULTS.filter((result) => result !== 'unknown' && used.has(result)),
    windowed: slicing.isWindowed,
    lead: seconds(0),
    finishedDetails: [],
    liveDetails: [],
    lateDurations: false,
    queueTimes: false,
    progress: false,
    health: false,
    acknowledgement: false,
    ...capabilities,
  };
}
