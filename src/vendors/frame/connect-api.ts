import { createHttpClient } from '../../http/create-http-client.ts';
import type { HttpResponse, PathTarget } from '../../http/http-client.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { GONE, type PageLink } from './paging/list-page.ts';
import type { ConnectOptions } from '../vendor.ts';
import type { ApiRequest, TargetSettings, VendorDefinition } from './vendor-definition.ts';

interface AskOptions {
  /** Asked for in place of the request's own path and query. */
  readonly link?: PageLink | undefined;
  /** Statuses beyond 2xx that are an answer. */
  readonly accept: readonly number[];
  readonly signal: AbortSignal;
}

/** The API of one target, logged in to. Its functions throw as `HttpClient` does. */
export interface ApiConnection {
  ask(request: ApiRequest, options: AskOptions): Promise<HttpResponse>;
  /** Asks about one run. Returns null where nothing is there any more. */
  askAboutRun(request: ApiRequest, signal: AbortSignal): Promise<{ readonly body: unknown } | null>;
}

type ApiDefinition<Settings> = Pick<
  VendorDefinition<Settings, never, never, never>,
  'login' | 'apiUrl' | 'accepts' | 'refusalHint' | 'isOneAtATime'
>;

/** Connects a target to its vendor's API; nothing is sent yet. */
export function connectApi<Settings>(
  { login, apiUrl, accepts, refusalHint, isOneAtATime = false }: ApiDefinition<Settings>,
  { settings, http }: ConnectOptions<Settings>,
): ApiConnection {
  // `defineVendor` takes no settings without them.
  const { base_url: configuredUrl, auth } = settings as Settings & TargetSettings;
  const baseUrl = apiUrl === undefined ? configuredUrl : apiUrl(settings);
  const unlimited = createHttpClient({
    ...http,
    baseUrl,
    credentials: login.createCredentials(auth, { apiUrl: baseUrl, http }),
    ...(refusalHint && { refusalHint: refusalHint(settings) }),
  });
  const client = isOneAtATime ? oneAtATime(unlimited) : unlimited;

  function ask(request: ApiRequest, { link, accept, signal }: AskOptions): Promise<HttpResponse> {
    const { operation, json } = request;
    return client.request({
      operation,
      ...(link === undefined ? placeOf(request) : { link }),
      ...(json !== undefined && { method: 'POST', json }),
      ...(accepts !== undefined && { accepts }),
      accept,
      signal,
    });
  }

  return {
    ask,
    async askAboutRun(request, signal) {
      const { status, body } = await ask(request, { accept: GONE, signal });
      return GONE.includes(status) ? null : { body };
    },
  };
}

function placeOf({ path, query }: ApiRequest): PathTarget {
  return query === undefined ? { path } : { path, query };
}
