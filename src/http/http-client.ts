/** The HTTP client of vendors: requests, answers, credentials and observers. Implemented in `create-http-client.ts`. */
import type { Clock } from '../model/clock.ts';
import type { Proxies } from '../model/proxies.ts';
import type { RateLimit } from '../model/rate-limit.ts';
import type { Seconds, UnixSeconds } from '../model/time.ts';

/** A path below the base URL. */
export interface PathTarget {
  /** Relative to the base URL: `jobs/v1/runs`. */
  readonly path: string;
  /** An array repeats its parameter. */
  readonly query?: Readonly<Record<string, string | number | readonly string[]>>;
  readonly link?: never;
}

/** A link of an answer, such as that to the next page; see `resolveLink` for the links that are followed. */
export interface LinkTarget {
  readonly link: {
    /** As the answer has it: `https://acme.example/api/jobs/?page=2`, `/api/jobs/?page=2`, `?page=2`. */
    readonly href: string;
    /** `HttpResponse.url` of the answer that has it. */
    readonly from: URL;
  };
  readonly path?: never;
  readonly query?: never;
}

export type HttpRequest = RequestBasics & (PathTarget | LinkTarget);

interface RequestBasics {
  /** One of the vendor's closed list; becomes the `operation` label. */
  readonly operation: string;
  readonly method?: 'GET' | 'POST';
  /** Sent as JSON. Only for POSTs that read (Tailer); they are retried like GETs. */
  readonly json?: unknown;
  /** The `Accept` header; default: JSON. */
  readonly accepts?: string;
  /** Statuses beyond 2xx that are an answer, not an error (404 for a look-up). */
  readonly accept?: readonly number[];
  readonly signal: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  /** Parsed JSON; null for an empty body, and for a body that is no JSON where the status is beyond 2xx. */
  readonly body: unknown;
  /** The `Date` header; null where missing or unreadable. */
  readonly date: UnixSeconds | null;
  /** The URL that was requested; its query may be secret. */
  readonly url: URL;
}

export interface HttpClient {
  /** @throws VendorError, never anything else (an abort is a VendorError with reason `timeout`). */
  request(request: HttpRequest): Promise<HttpResponse>;
}

/** Sees every request that left the process; must not throw. */
export interface RequestObserver {
  /** `code`: the HTTP status, or `error` where no status came. Retries are requests of their own. */
  requested(operation: string, code: string, duration: Seconds): void;
  retried(): void;
  /** Called with the end of the credentials in use; null: not known or never. */
  credentialsExpire(at: UnixSeconds | null): void;
  /** Called with the rate limit of each answer that names one; null: no limit is known any more. */
  rateLimitLearned(rateLimit: RateLimit | null): void;
}

/** Credentials for a vendor, as request headers. */
export interface Credentials {
  /**
   * Headers for a request; gets or refreshes a token first where needed.
   * @throws VendorError (reason `auth` for a refusal), or ConfigError when a secret's file cannot be read any more
   */
  headers(signal: AbortSignal): Promise<Readonly<Record<string, string>>>;
  /**
   * Forgets a token that was refused, so that the next `headers` gets a new one. False: there is nothing to renew.
   * Only called after `headers` still gave what was refused, so a token that another request has renewed is kept.
   */
  renew(): boolean;
  /**
   * Lets the next `headers` get a new token, as the rights of the present one may have changed; the present one stays
   * where none is to be had. False: there is nothing to renew.
   */
  refresh(): boolean;
}

/** Options of every HTTP request, to vendor APIs and token endpoints alike. */
export interface TransportOptions {
  readonly clock: Clock;
  readonly observer: RequestObserver;
  readonly userAgent: string;
  /** For one try of one request, in real time. */
  readonly requestTimeout: Seconds;
  /** Bytes of a body, unpacked, beyond which an answer is refused. */
  readonly maxBodyBytes: number;
  readonly proxies: Proxies;
  /** 0 (included) to 1 (not), spreads retries; default: `Math.random`. */
  readonly random?: () => number;
}

export interface HttpClientOptions extends TransportOptions {
  /** Origin and path prefix; requests stay within both. */
  readonly baseUrl: URL;
  readonly credentials: Credentials;
  /** Advice for where the vendor answers 401, for its own ways to configure credentials. */
  readonly refusalHint?: string;
  /** Called once, with the origin of the first link that names another; the base's own is asked instead. */
  readonly linkMoved?: (origin: string) => void;
}
