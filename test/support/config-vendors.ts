import { z } from 'zod';
import type { VendorSettings } from '../../src/config/config-file.ts';
import { ConfigError } from '../../src/config/config.ts';
import type { Files } from '../../src/config/files.ts';
import { parseConfig } from '../../src/config/load-config.ts';
import { httpUrl, password, secret, serviceAccount } from '../../src/config/settings.ts';

/** Two vendors of the shapes that real ones have: ways to log in to choose from, and a rule between keys. */
export const CONFIG_VENDORS: readonly VendorSettings[] = [
  {
    id: 'acme',
    settings: z.strictObject({
      base_url: httpUrl.prefault('https://api.acme.example'),
      account: z.string().min(1),
      steps: z.union([z.boolean(), z.literal('live')]).default(true),
      auth: z.union([
        z.strictObject({ api_key_id: z.string(), api_key: secret }),
        z.strictObject({
          username: z.string(),
          password,
          client_id: z.string(),
          token_url: httpUrl.optional(),
        }),
        z.strictObject({ token: secret }),
      ]),
    }),
  },
  {
    id: 'umbrella',
    settings: z
      .strictObject({
        base_url: httpUrl,
        projects: z.array(z.strictObject({ id: z.string().min(1) })).default([]),
        auth: z.strictObject({
          google_service_account: serviceAccount.optional(),
          api_key: secret.optional(),
          encoding: z.enum(['raw', 'base64']).default('raw'),
        }),
      })
      .superRefine(({ projects }, context) => {
        if (projects.length === 0)
          context.addIssue({ code: 'custom', path: ['projects'], message: 'name at least one project' });
      }),
  },
];

/** Files by absolute path; what is not among them does not exist. Changing a text changes its version. */
export function createMemoryFiles(texts: Record<string, string>): Files {
  const find = (path: string): string => {
    const text = texts[path];
    if (text === undefined) throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' });
    return text;
  };
  return { read: find, version: find };
}

/** Problems of a configuration, one line each; empty where there are none. */
export function problemsOf(
  text: string,
  env: Record<string, string> = {},
  texts: Record<string, string> = {},
): string[] {
  try {
    parseConfig(text, '/etc/datajobs.yml', { vendors: CONFIG_VENDORS, env, files: createMemoryFiles(texts) });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.split('\n').map((line) => line.replace('/etc/', ''));
  }
}
