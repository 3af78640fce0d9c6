import type { OtlpConfig } from '../../../src/config/config.ts';

/** The `otlp:` section as it is where the file says nothing. */
export function otlpConfig(rest: Partial<OtlpConfig> = {}): OtlpConfig {
  return {
    enabled: true,
    endpoint: null,
    protocol: null,
    headers: {},
    interval: null,
    timeout: null,
    compression: null,
    temporality: null,
    certificateFile: null,
    clientCertificateFile: null,
    clientKeyFile: null,
    resourceAttributes: {},
    cicdConventions: false,
    ...rest,
  };
}
