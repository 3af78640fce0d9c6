/** Failures between a vendor and the program that reads it, as data: one fault is one JSON object. */
import { z } from 'zod';
import { duration } from '../config/settings.ts';

const where = {
  /** Only this vendor; left out: every one. */
  vendor: z.string().optional(),
  /** Glob on the path without its query, e.g. `*\/jobs*`. */
  path: z.string().default('*'),
  method: z.enum(['GET', 'POST']).optional(),
  /** The probability that it strikes a request that matches. */
  probability: z.number().min(0).max(1).default(1),
  /** Strikes this often, then is spent. */
  count: z.int().positive().optional(),
  /** Is over after this much of the world's time. */
  for: duration.optional(),
};

/** A fault as a person asks for it. Answers replace the vendor's; those from `truncated` on spoil what the vendor answered. */
export const Fault = z.discriminatedUnion('kind', [
  /** Any error status, e.g. 500, 503, 429, 404; `retry_after` in seconds or as an HTTP date. */
  z.strictObject({
    kind: z.literal('status'),
    status: z.int().min(400).max(599),
    retry_after: z.union([z.int().nonnegative(), z.string()]).optional(),
    ...where,
  }),
  /** 401 for whatever credentials, as after they were revoked. */
  z.strictObject({ kind: z.literal('revoked'), ...where }),
  /** Waits this much of the machine's time, then answers as usual. */
  z.strictObject({ kind: z.literal('latency'), delay: duration, ...where }),
  /** Never answers. */
  z.strictObject({ kind: z.literal('hang'), ...where }),
  /** Resets the connection. */
  z.strictObject({ kind: z.literal('reset'), ...where }),
  /** 200 with a page for people. */
  z.strictObject({ kind: z.literal('html'), ...where }),
  /** 200 without a body. */
  z.strictObject({ kind: z.literal('empty'), ...where }),
  /** Announces the whole body, sends half of it and closes. */
  z.strictObject({ kind: z.literal('truncated'), ...where }),
  /** Good JSON of another shape: a list becomes an object, an object a list. */
  z.strictObject({ kind: z.literal('wrong_shape'), ...where }),
  /** One record of the list has nonsense for every value but its id. */
  z.strictObject({ kind: z.literal('broken_record'), ...where }),
  /** Every record of the list is there twice. */
  z.strictObject({ kind: z.literal('duplicated'), ...where }),
  /** A good list, but without its records. */
  z.strictObject({ kind: z.literal('no_records'), ...where }),
  /** Records whose state is `state`, in the vendor's word, have it as `becomes`; their times stay. */
  z.strictObject({
    kind: z.literal('unlisted_state'),
    state: z.string().min(1).default('RUNNING'),
    becomes: z.string().min(1).default('RETRYING'),
    ...where,
  }),
  /** Records lack these fields: an end, a duration, an id that comes later. */
  z.strictObject({ kind: z.literal('missing_fields'), fields: z.array(z.string().min(1)).min(1), ...where }),
  /** Every record has this field as `value`, whatever JSON that is. */
  z.strictObject({ kind: z.literal('odd_field'), field: z.string().min(1), value: z.json(), ...where }),
  /** Records have their id in another spelling, or that of a run that nobody knows. With `path`, of look-ups alone. */
  z.strictObject({ kind: z.literal('other_id'), id: z.enum(['upper_case', 'unknown']).default('unknown'), ...where }),
  /** `RateLimit` and `RateLimit-Policy` headers: so many requests in a window, so many left, `reset` seconds to its end. */
  z.strictObject({
    kind: z.literal('rate_limit'),
    limit: z.int().nonnegative(),
    remaining: z.int().nonnegative(),
    reset: z.int().nonnegative(),
    ...where,
  }),
  /** The `Date` header is off by this many seconds; negative: behind. */
  z.strictObject({ kind: z.literal('clock_skew'), seconds: z.number(), ...where }),
]);
export type Fault = z.output<typeof Fault>;
/** A fault before its defaults are filled in. */
export type FaultInput = z.input<typeof Fault>;
