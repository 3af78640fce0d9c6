/** The words that settings are made of, for the file's own schema and for each vendor's. */
import { z } from 'zod';
import { parsePrometheusDuration, type Seconds } from '../model/time.ts';
import { Secret } from './secret.ts';

/**
 * A secret `x`. The file may say `x`, `x_file` or `x_env`; the loader has made one `Secret` of them before a schema
 * sees it, so a vendor's shape only names `x`.
 */
export const secret = z.instanceof(Secret).meta({ secret: true });

const A_DURATION = 'expected a duration such as 30s, 5m or 1h30m';

/** A duration as Prometheus writes it: `30s`, `5m`, `1h30m`. */
export const duration = z
  .string(A_DURATION)
  .transform((text, context): Seconds => {
    const parsed = parsePrometheusDuration(text);
    if (parsed !== null) return parsed;
    context.addIssue({ code: 'custom', message: A_DURATION });
    return z.NEVER;
  })
  .meta({ duration: true });

const A_URL = 'expected a URL such as https://api.example.com, without credentials or query';

/** An http or https URL without user name, password, query or fragment. */
export const httpUrl = z
  .string(A_URL)
  .transform((text, context): URL => {
    const url = URL.parse(text);
    if (url !== null && /^https?:$/.test(url.protocol) && url.username + url.password + url.search + url.hash === '')
      return url;
    context.addIssue({
      code: 'custom',
      message: A_URL,
    });
    return z.NEVER;
  })
  .meta({ url: true });
