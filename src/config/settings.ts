/**
 * The words that settings are made of, for the file's own shape and for each vendor's. Their marks (`secret`, `url`) stay
 * in the JSON Schema of a shape, which is where the rest of this folder finds them.
 */
import { z } from 'zod';
import { parsePrometheusDuration, type Seconds } from '../model/time.ts';
import { Secret, toSecret } from './secret.ts';

/** The kind of a secret, which decides what texts are refused as not being one; `describe-secret.ts` has the rules. */
export type SecretKind = 'key' | 'client_secret' | 'password' | 'service_account';

/**
 * A secret `x`: an API key or a token, which goes into a header or a URL as it is. The file may say `x`, `x_file` or
 * `x_env`; the loader has made one `Secret` of them before a shape sees it, so a vendor's shape only names `x`.
 * These words alone say which keys are secrets: the loader, the JSON Schema and the problems all read them.
 */
export const secret = secretOf('key');

/** A secret that is sent in a form and may have any character, such as OAuth's `client_secret`. */
export const clientSecret = secretOf('client_secret');

/** A secret that a person may have chosen, so that nearly any text can be one. */
export const password = secretOf('password');

/** The JSON key file of a Google service account. */
export const serviceAccount = secretOf('service_account');

/** A text that stands in the file itself and may be a secret, such as a header's value; it has no `_file` and no `_env`. */
export const inlineSecret = z.string().transform(toSecret);

const A_DURATION = 'expected a duration such as 30s, 5m or 1h30m';
const DURATION_PATTERN = '^(?=.)(\\d+y)?(\\d+w)?(\\d+d)?(\\d+h)?(\\d+m)?(\\d+s)?(\\d+ms)?$|^0$';

/** A duration as Prometheus writes it: `30s`, `5m`, `1h30m`. */
export const duration = z
  .string(A_DURATION)
  .transform((text, context): Seconds => {
    const parsed = parsePrometheusDuration(text);
    if (parsed !== null) return parsed;
    context.addIssue({ code: 'custom', message: A_DURATION });
    return z.NEVER;
  })
  .meta({ type: 'string', pattern: DURATION_PATTERN });

const A_URL = 'expected a URL such as https://api.example.com, without credentials or query';

/** An http or https URL without user name, password, query or fragment. */
export const httpUrl = z
  .string(A_URL)
  .transform((text, context): URL => {
    const url = URL.parse(text);
    if (url !== null && /^https?:$/.test(url.protocol) && url.username + url.password + url.search + url.hash === '')
      return url;
    context.addIssue({ code: 'custom', message: A_URL });
    return z.NEVER;
  })
  .meta({ type: 'string', pattern: '^https?://', url: true });

function secretOf(kind: SecretKind) {
  return z.instanceof(Secret).meta({ type: 'string', minLength: 1, secret: kind });
}
