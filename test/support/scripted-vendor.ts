/** A vendor whose every answer the test writes. */
import { z } from 'zod';
import { VendorError } from '../../src/http/errors.ts';
import type { Job, Run } from '../../src/model/run.ts';
import type {
  Capabilities,
  Detail,
  RunDetails,
  Slice,
  SliceRequest,
  SliceResult,
  Vendor,
  Window,
} from '../../src/vendors/vendor.ts';
import { someCapabilities } from './builders.ts';

/** Answers of the vendor; a test changes them as it goes. An error that is given is thrown. */
export interface Script {
  scopes: string[];
  capabilities: Capabilities;
  slices: (window: Window) => readonly Slice[];
  split: (slice: Slice) => readonly Slice[];
  /** Answers a list: runs alone, or with what else the answer says. */
  list: (request: SliceRequest) => readonly Run[] | Partial<SliceResult> | Error | Promise<readonly Run[]>;
  run: (id: string, scope: string, signal: AbortSignal, job: Job | null) => Run | 'gone' | Error | Promise<Run>;
  details: (id: string, detail: Detail, signal: AbortSignal) => RunDetails | 'gone' | Error | Promise<RunDetails>;
}

export interface ScriptedVendor {
  readonly vendor: Vendor;
  readonly script: Script;
  /** Every request: `list account 1795338000 1795339000`, `run account r1`, `steps account r1`. */
  readonly asked: string[];
}

/** A vendor of one scope, `account`, that lists nothing and knows nothing, unless the script says otherwise. */
export function createScriptedVendor(overrides: Partial<Script> = {}): ScriptedVendor {
  const asked: string[] = [];
  const script: Script = {
    scopes: ['account'],
    capabilities: someCapabilities(),
    slices: (window) => [{ ...window, part: null }],
    split: () => [],
    list: () => [],
    run: () => 'gone',
    details: () => 'gone',
    ...overrides,
  };
  const vendor: Vendor = {
    id: 'scripted',
    title: 'Scripted',
    get capabilities() {
      return script.capabilities;
    },
    settings: z.object({}),
    operations: [],
    shownRunId: (id) => id.replace('scripted:', ''),
    account: (settings) => String(settings['account']),
    connect: () => ({
      scopes: script.scopes.map((key) => ({ key })),
      slices: (_scope, window) => script.slices(window),
      split: (_scope, slice) => script.split(slice),
      poll: async (request) => {
        const { from, to } = request.slice;
        asked.push(`list ${request.scope.key} ${from} ${to}`);
        const answer = thrown(await script.list(request));
        const result = isRuns(answer) ? { runs: answer } : answer;
        return { runs: [], rejected: [], truncated: false, vendorTime: null, ...result };
      },
      run: async ({ key }, { id, job }, signal) => {
        asked.push(`run ${key} ${id}`);
        return thrown(await script.run(id, key, signal, job));
      },
      details: async ({ key }, id, detail, signal) => {
        asked.push(`${detail} ${key} ${id}`);
        return thrown(await script.details(id, detail, signal));
      },
    }),
  };
  return { vendor, script, asked };
}

function isRuns(answer: readonly Run[] | Partial<SliceResult>): answer is readonly Run[] {
  return Array.isArray(answer);
}

function thrown<T>(answer: T | Error): T {
  if (answer instanceof Error) throw answer;
  return answer;
}

/** Takes the requests since the last look out of `asked`, and returns them without windows: `list account`. */
export function takeRequests({ asked }: ScriptedVendor): readonly string[] {
  return asked.splice(0).map((request) => request.replace(/( \d{10}){2}$/, ''));
}

/** Failures as the HTTP client throws them. */
export const FAILURES = {
  unauthorized: () => new VendorError('401', { reason: 'auth', status: 401 }),
  forbidden: () => new VendorError('403', { reason: 'auth', status: 403 }),
  notFound: () => new VendorError('404', { reason: 'http_client', status: 404 }),
  tooMany: (retryAfter: VendorError['retryAfter'] = null) =>
    new VendorError('429', { reason: 'rate_limited', status: 429, retryAfter }),
  broken: () => new VendorError('500', { reason: 'http_server', status: 500 }),
  slow: () => new VendorError('no answer within 30 s', { reason: 'timeout' }),
  unreachable: () => new VendorError('ECONNREFUSED', { reason: 'network' }),
} as const;
