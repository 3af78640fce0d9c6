import type { TargetConfig } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import { loadOtlpSettings, toPublicUrl } from '../otlp/settings.ts';
import { type Clock, createClock } from '../model/clock.ts';
import { NO_PROXIES } from '../model/proxies.ts';
import { formatPrometheusDuration } from '../model/time.ts';
import { findVendor, VENDORS } from '../vendors/registry.ts';
import type { Vendor } from '../vendors/vendor.ts';
import type { RunCommand } from './command.ts';

/**
 * Checks the configuration without asking any vendor: every problem on stderr, or what is configured on stdout.
 *
 * @throws ConfigError with every problem.
 * @see spec section 5
 */
export const runCheck: RunCommand = async ({ flags, env, stdout, stderr }) => {
  const config = loadConfig(flags.configFile, { vendors: VENDORS, env });
  const otlp = loadOtlpSettings(config, env, (warning) => stderr.write(`warning: ${warning}\n`));
  const clock = createClock();
  const count = config.targets.length;
  stdout.write(`${flags.configFile}: ok, ${count} ${count === 1 ? 'target' : 'targets'}\n`);
  for (const target of config.targets) stdout.write(`  ${describeTarget(target, clock)}\n`);
  if (otlp !== null) stdout.write(`  OTLP push to ${toPublicUrl(otlp.url)} by ${otlp.protocol}\n`);
  return 0;
};

/** Describes a target on one line, its scopes on the next. */
function describeTarget(target: TargetConfig, clock: Clock): string {
  const vendor = findVendor(target.vendor);
  const parts = [
    `${vendor?.title ?? target.vendor} at ${target.settings.base_url.origin}`,
    `polled every ${formatPrometheusDuration(target.pollInterval)}`,
    `${formatPrometheusDuration(target.pollTimeout)} at most for a slice`,
    ...(target.expect.length > 0 ? [`${target.expect.length} expected to succeed regularly`] : []),
  ];
  const scopes = vendor === null ? [] : listScopes(vendor, target, clock);
  return `${target.name}: ${parts.join(', ')}\n    scopes: ${scopes.join(', ')}`;
}

/** Lists scope keys in the order of polling. It creates a client, which sends nothing until it is used. */
function listScopes(vendor: Vendor, target: TargetConfig, clock: Clock): readonly string[] {
  const client = vendor.connect({
    settings: target.settings,
    stateMap: target.stateMap,
    clock,
    http: {
      clock,
      observer: { requested: ignore, retried: ignore, credentialsExpire: ignore, rateLimitLearned: ignore },
      userAgent: 'datajobs-exporter',
      requestTimeout: target.pollTimeout,
      maxBodyBytes: 0,
      proxies: NO_PROXIES,
    },
  });
  return client.scopes.map(({ key }) => key);
}

function ignore(): void {
  // No request is sent, so there is nothing to observe.
}
