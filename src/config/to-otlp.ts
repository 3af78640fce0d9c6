import { resolve } from 'node:path';
import type { z } from 'zod';
import type { OtlpConfig } from './config.ts';
import type { Otlp } from './config-file.ts';
import { EncodingError, type Files, fileTrouble } from './files.ts';
import type { PathProblem } from './path-problem.ts';
import { isRaw } from './raw.ts';

const FILE_KEYS = ['certificate_file', 'client_certificate_file', 'client_key_file'];

/** Makes the `otlp:` section as the rest of the product sees it; its files are relative to the config file's folder. */
export function toOtlp(otlp: z.output<typeof Otlp>, folder: string): OtlpConfig {
  const toFile = (path: string | undefined): string | null => (path === undefined ? null : resolve(folder, path));
  return {
    enabled: otlp.enabled,
    endpoint: otlp.endpoint?.href ?? null,
    protocol: otlp.protocol ?? null,
    headers: otlp.headers,
    interval: otlp.interval ?? null,
    timeout: otlp.timeout ?? null,
    compression: otlp.compression ?? null,
    temporality: otlp.temporality ?? null,
    certificateFile: toFile(otlp.certificate_file),
    clientCertificateFile: toFile(otlp.client_certificate_file),
    clientKeyFile: toFile(otlp.client_key_file),
    resourceAttributes: otlp.resource_attributes,
    cicdConventions: otlp.cicd_conventions,
  };
}

/** Finds the files of the `otlp:` section that cannot be read. */
export function checkOtlpFiles(otlp: unknown, folder: string, files: Files): readonly PathProblem[] {
  if (!isRaw(otlp)) return [];
  return FILE_KEYS.flatMap((key): readonly PathProblem[] => {
    const path = otlp[key];
    if (typeof path !== 'string') return [];
    try {
      files.read(resolve(folder, path));
      return [];
    } catch (error) {
      // Text around the PEM of a certificate may be in any encoding.
      if (error instanceof EncodingError) return [];
      const what = `cannot be read (${fileTrouble(error)}); relative paths start at the config file's folder`;
      return [{ path: ['otlp', key], at: 'value', what }];
    }
  });
}
