/** The promises that every vendor keeps, whatever its API is like. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { VendorError } from '../src/http/errors.ts';
import { isFinished, type Run } from '../src/model/run.ts';
import { after, before, DAY, MINUTE, parseTimestamp, seconds } from '../src/model/time.ts';
import { createWorld } from '../src/simulator/create-world.ts';
import { DRILL_PLAN } from '../src/simulator/plans/drill.ts';
import type { CreateSimulator } from '../src/simulator/world.ts';
import { findVendor, VENDORS } from '../src/vendors/registry.ts';
import type { Vendor } from '../src/vendors/vendor.ts';
import { covers, differences, oddities, unlike } from './support/check-runs.ts';
import { connectVendor, newestSlice, pollAll } from './support/connect-vendor.ts';
import { everythingShown } from './support/http/everything-shown.ts';
import { createManualClock, forever } from './support/http/http-options.ts';
import { hang, json, startServer, type TestAnswer } from './support/http/start-server.ts';
import { startSimulator } from './support/start-simulator.ts';
import { freePort, grantTokens, secretsIn, TROUBLES } from './support/unkind-server.ts';
import type { AccountCase, VendorCases } from './support/vendor-cases.ts';

const FOLDER = fileURLToPath(new URL('../src/vendors/', import.meta.url));
/** Folders of what vendors share. */
const SHARED_FOLDERS = new Set(['frame']);
const FOLDERS = readdirSync(FOLDER, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() && !SHARED_FOLDERS.has(entry.name) ? entry.name : [],
);

describe('the registry', () => {
  it('lists exactly the vendors that have a folder, by the name of the folder', () => {
    const ids = VENDORS.map(({ id }) => id);

    expect(ids.toSorted()).toEqual(FOLDERS.toSorted());
  });

  it('finds a vendor by its id, and none by another word', () => {
    const found = VENDORS.map(({ id }) => findVendor(id));

    expect(found).toEqual(VENDORS);
    expect(findVendor('Snowplow')).toBeNull();
  });
});

describe.each(VENDORS.map((vendor) => [vendor.id, vendor] as const))('%s', async (id, vendor) => {
  const { cases } = (await import(`${FOLDER}${id}/fixtures/cases.ts`)) as { cases: VendorCases };
  const { createSimulator } = (await import(`../src/simulator/vendors/${id}.ts`)) as {
    createSimulator: CreateSimulator;
  };
  const [account] = cases.accounts;

  describe('settings', () => {
    it.each(cases.accounts)('take every way to log in: $name', ({ settings }) => {
      const parsed = vendor.settings.safeParse(settings('http://127.0.0.1:9'));

      expect(parsed.error).toBeUndefined();
    });

    it('refuse a key that nobody knows, at the top and under auth', () => {
      const settings = account.settings('http://127.0.0.1:9');
      const auth = settings['auth'] as object;

      const atTop = vendor.settings.safeParse({ ...settings, base_ulr: 'x' });
      const underAuth = vendor.settings.safeParse({ ...settings, auth: { ...auth, tokne: 'x' } });

      expect({ atTop: atTop.success, underAuth: underAuth.success }).toEqual({ atTop: false, underAuth: false });
    });

    it('say which account they are of without a secret', () => {
      const accounts = cases.accounts.map(({ settings }) =>
        vendor.account(parse(vendor, settings('http://127.0.0.1:9'))),
      );

      expect(secretsIn(accounts.join('\n'), cases.accounts)).toEqual([]);
    });
  });

  describe.each(cases.samples.filter(({ read }) => read !== null))('the documented answer $file', (sample) => {
    const { runs, rejected } = sample.read!(readSample(vendor, sample.file));

    it('gives runs with different ids, and no record is rejected', () => {
      const ids = runs.map((run) => run.id);

      expect(rejected).toEqual([]);
      expect(ids.length).toBeGreaterThan(0);
      expect(ids).toEqual([...new Set(ids)]);
    });

    it('gives only times that can be, states and results that the vendor is said to produce', () => {
      const odd = runs.flatMap((run) => oddities(vendor, run, parseTimestamp(sample.readOn)!));

      expect(odd).toEqual([]);
    });
  });

  describe('a window', () => {
    const connected = connectVendor(vendor, { settings: parse(vendor, account.settings('http://127.0.0.1:9')) });
    const { client, clock } = connected;
    const { lead } = vendor.capabilities;
    const window = { from: before(clock.now(), seconds(3 * DAY)), to: after(clock.now(), lead) };

    it('is cut into slices that cover it, oldest first', () => {
      const bare = client.scopes.filter((scope) => !covers(client.slices(scope, window), window));

      expect(client.scopes.length).toBeGreaterThan(0);
      expect(bare).toEqual([]);
    });

    it('is covered as well by what its slices are divided into', () => {
      const slices = client.scopes.flatMap((scope) => client.slices(scope, window).map((slice) => ({ scope, slice })));

      const bare = slices.filter(({ scope, slice }) => {
        const parts = client.split(scope, slice);
        return parts.length > 0 && !covers(parts, slice);
      });

      expect(bare).toEqual([]);
    });
  });

  describe('a poll', () => {
    it.each(cases.accounts)('is given up within a tick when its time is over: $name', async (one) => {
      const asked = Promise.withResolvers<void>();
      const server = await startServer(grantTokens(one, () => asked.resolve()));
      const connected = connectVendor(vendor, { settings: parse(vendor, one.settings(server.url.origin)) });
      const controller = new AbortController();
      const failure = connected.client
        .poll({ ...newestSlice(connected), signal: controller.signal })
        .catch((error: unknown) => error);
      await asked.promise;

      controller.abort();
      const first = await Promise.race([failure, new Promise((resolve) => setImmediate(resolve, 'a tick has passed'))]);

      expect(first).toMatchObject({ name: 'VendorError', reason: 'timeout' });
    });

    it.each(cases.pageWithNext === null ? [] : [cases.pageWithNext])(
      'does not follow a link to another origin',
      async (pageWithNext) => {
        const elsewhere = await startServer(json({}));
        const server = await startServer(
          grantTokens(account, json(pageWithNext(new URL('/next', elsewhere.url).href))),
        );
        const connected = connectVendor(vendor, { settings: parse(vendor, account.settings(server.url.origin)) });

        const failure = await connected.client
          .poll({ ...newestSlice(connected), signal: forever() })
          .catch((error: unknown) => error);

        expect(failure).toBeInstanceOf(VendorError);
        expect(elsewhere.seen).toEqual([]);
      },
    );
  });

  describe('an answer to the list that is no list', () => {
    const record = cases.wire.record('1', '2026-11-22T07:00:00Z');
    const list = cases.wire.list([record]);
    const bareLists: readonly (readonly [string, unknown])[] = [
      ['a bare list', [record]],
      ['an empty bare list', []],
    ];

    it.each<readonly [string, unknown]>([
      ['nothing', null],
      ['an empty object', {}],
      ['text', 'OK'],
      ['an error', { timestamp: '2026-11-22T08:00:00', status: 500, error: 'Server Error', message: 'x', path: '/' }],
      ['an error of another kind', { detail: 'Authentication credentials were not provided.' }],
      ['an error with a list of its own', { errors: [{ message: 'x' }] }],
      ['one run', record],
      ['a list under another name', Array.isArray(list) ? { data: list } : renamed(list)],
      ['a list within another', { data: list }],
      ...(Array.isArray(list) ? [] : bareLists),
    ])('is an error, never an empty list: %s', async (_what, body) => {
      const { connected } = await answering(json(body));

      const failure = await connected.client
        .poll({ ...newestSlice(connected), signal: forever() })
        .catch((error: unknown) => error);

      expect(failure).toMatchObject({ name: 'VendorError', reason: 'schema' });
    });

    it('does not hide that a true list is one', async () => {
      const { connected } = await answering(json(list));

      const answer = await connected.client.poll({ ...newestSlice(connected), signal: forever() });

      expect(answer).toMatchObject({ runs: [expect.anything()], rejected: [] });
    });
  });

  describe('a run', () => {
    /** The only run of a list that the vendor answers with, and where it was listed. */
    async function listOne(...records: readonly [object, ...object[]]) {
      const [first, ...others] = records;
      let isListed = false;
      const { connected } = await answering((response, seen) => {
        const body = isListed ? cases.wire.one(others[0] ?? first) : cases.wire.list([first]);
        json(body)(response, seen);
      });
      const { scope, slice } = newestSlice(connected);
      const { runs, rejected } = await connected.client.poll({ scope, slice, signal: forever() });
      isListed = true;
      expect({ runs: runs.length, rejected }).toEqual({ runs: 1, rejected: [] });
      return { run: runs[0]!, lookUp: () => connected.client.run(scope, runs[0]!, forever()) };
    }
    const plausible = '2026-11-22T07:00:00Z';

    it('is by its id what it is in the list', async () => {
      const { run, lookUp } = await listOne(cases.wire.record('1', plausible));

      expect(await lookUp()).toEqual(run);
      expect(run).toMatchObject({ startedAt: parseTimestamp(plausible), unreadable: [] });
    });

    it('is not taken from an answer that is another run', async () => {
      const { run, lookUp } = await listOne(cases.wire.record('1', plausible), cases.wire.record('01', plausible));

      const found = await lookUp().catch((error: unknown) => error);

      // What is not refused says by its own id that it is another run.
      const said = found instanceof VendorError ? found.reason : (found as Run).id;
      expect(said).not.toBe(run.id);
    });

    it.each(['0001-01-01T00:00:00Z', '1970-01-01T00:00:00Z', '2150-01-01T00:00:00Z', '22/11/2026 07:00', 'garbage'])(
      'has no times where they are %s, in a list and by its id, and says which',
      async (time) => {
        const { run, lookUp } = await listOne(cases.wire.record('1', time));

        expect(run).toMatchObject({ createdAt: null, startedAt: null, endedAt: null, updatedAt: null });
        expect(run.unreadable.map(({ field }) => field).toSorted()).toEqual(cases.wire.times.toSorted());
        expect(await lookUp()).toEqual(run);
      },
    );

    it('keeps its id where a number stands for it', async () => {
      const [text, number] = [cases.wire.record('41', plausible), withNumber(cases.wire.record('41', plausible), '41')];

      const [one, other] = [await listOne(text), await listOne(number)];

      expect(other.run.id).toBe(one.run.id);
    });
  });

  /** The vendor's client, and a server that grants tokens and gives this answer to everything else. */
  async function answering(answer: TestAnswer) {
    const server = await startServer(grantTokens(account, answer));
    return {
      server,
      connected: connectVendor(vendor, { settings: parse(vendor, account.settings(server.url.origin)) }),
    };
  }

  describe.each(cases.accounts)('with $name, no error shows a secret', (one) => {
    it.each(Object.entries(TROUBLES))('%s', async (_name, trouble) => {
      const server = await startServer(grantTokens(one, trouble));

      const failures = await failuresOf(vendor, cases, one, server.url.origin, trouble);

      expect(failures.every((failure) => failure instanceof VendorError)).toBe(true);
      expect(secretsIn(JSON.stringify(server.seen), [one], server.seen)).not.toEqual([]);
      expect(secretsIn(failures.map(everythingShown).join('\n'), [one], server.seen)).toEqual([]);
    });

    it.each(one.tokenEndpoint === null ? [] : Object.entries(TROUBLES))(
      'at the token endpoint: %s',
      async (_name, trouble) => {
        const server = await startServer(trouble);

        const failures = await failuresOf(vendor, cases, one, server.url.origin, trouble);

        expect(failures.every((failure) => failure instanceof VendorError)).toBe(true);
        expect(secretsIn(failures.map(everythingShown).join('\n'), [one], server.seen)).toEqual([]);
      },
    );

    it('a refused connection', async () => {
      const failures = await failuresOf(vendor, cases, one, `http://127.0.0.1:${await freePort()}`);

      expect(failures).toEqual(failures.map(() => expect.objectContaining({ name: 'VendorError', reason: 'network' })));
      expect(secretsIn(failures.map(everythingShown).join('\n'), [one])).toEqual([]);
    });
  });

  describe('against its own simulator', () => {
    it('lists exactly the runs of the world, as they are', async () => {
      const { world, connected, window } = await simulate(vendor, createSimulator);

      const { listed, rejected, cut } = await pollAll(connected.client, window);

      const runs = world.runs({ vendor: id });
      expect({ rejected, cut }).toEqual({ rejected: [], cut: [] });
      expect(differences(vendor, runs, listed)).toEqual([]);
      expect(listed.flatMap(({ run }) => oddities(vendor, run, world.now()))).toEqual([]);
    });

    it('gives a run by its id as it was listed', async () => {
      const { connected, window } = await simulate(vendor, createSimulator);
      const { listed } = await pollAll(connected.client, window);
      const some = listed.filter((_, index) => index % Math.ceil(listed.length / 20) === 0);

      const found = await Promise.all(some.map(({ scope, run }) => connected.client.run(scope, run, forever())));

      expect(found).toEqual(some.map(({ run }) => run));
    });

    it('knows that a run which is not there is gone', async () => {
      const { connected, window } = await simulate(vendor, createSimulator);
      const { listed } = await pollAll(connected.client, window);
      const { scope, run } = listed[0]!;

      const found = await connected.client.run(scope, { ...run, id: unlike(run.id) }, forever());

      expect(found).toBe('gone');
    });

    it('gives the pending details of finished and live runs', async () => {
      const { connected, window } = await simulate(vendor, createSimulator);
      const { listed } = await pollAll(connected.client, window);
      const pending = listed.filter(({ run }) => detailsOf(vendor, run).length > 0).slice(-20);

      const found = await Promise.all(
        pending.map(({ scope, run }) => connected.client.details(scope, run.id, detailsOf(vendor, run)[0]!, forever())),
      );

      expect(found).toEqual(
        pending.map(({ run }) => expect.objectContaining({ [detailsOf(vendor, run)[0]!]: expect.anything() })),
      );
    });

    it('sends only operations that it names, and sends them all', async () => {
      const { connected, window } = await simulate(vendor, createSimulator);

      const { listed } = await pollAll(connected.client, window);
      for (const { scope, run } of listed.slice(-20)) {
        await connected.client.run(scope, run, forever());
        for (const detail of detailsOf(vendor, run)) await connected.client.details(scope, run.id, detail, forever());
      }

      expect([...new Set(connected.asked)].toSorted()).toEqual(
        vendor.operations.filter((operation) => operation !== 'token' || connected.asked.includes('token')).toSorted(),
      );
    });
  });
});

/** An envelope in which the key of every list has another name. */
function renamed(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  return Object.fromEntries(
    Object.entries(body).map(([key, value]) => (Array.isArray(value) ? [`${key}_v2`, value] : [key, renamed(value)])),
  );
}

/** A record in which a number stands in place of a text. */
function withNumber(record: object, text: string): object {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, value === text ? Number(text) : value]));
}

function parse(vendor: Vendor, settings: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return vendor.settings.parse(settings);
}

/** The failures of a poll, a look-up and a fetch of details of the first documented run. */
async function failuresOf(
  vendor: Vendor,
  cases: VendorCases,
  account: AccountCase,
  origin: string,
  trouble?: (typeof TROUBLES)[string],
): Promise<unknown[]> {
  const settings = parse(vendor, account.settings(origin));
  // Only what never comes is not waited for: a busy machine must not make other answers late.
  const connected = connectVendor(vendor, { settings, ...(trouble === hang && { requestTimeout: seconds(0.3) }) });
  const { scope, slice } = newestSlice(connected);
  const documented = cases.samples.flatMap(({ file, read }) => read?.(readSample(vendor, file)).runs ?? []);
  const { id } = documented[0]!;
  const { finishedDetails, liveDetails } = vendor.capabilities;
  const detail = [...finishedDetails, ...liveDetails].find((one) => one !== 'duration');
  const outcomes = await Promise.allSettled([
    connected.client.poll({ scope, slice, signal: forever() }),
    connected.client.run(scope, { id, job: null }, forever()),
    ...(detail === undefined ? [] : [connected.client.details(scope, id, detail, forever())]),
  ]);
  return outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason : 'no failure'));
}

function readSample(vendor: Vendor, file: string): unknown {
  return JSON.parse(readFileSync(`${FOLDER}${vendor.id}/fixtures/${file}`, 'utf8'));
}

/** The vendor's simulator over six minutes of the drill: of more, Snowplow would rightly suspect that it was trimmed. */
async function simulate(vendor: Vendor, createSimulator: CreateSimulator) {
  const clock = createManualClock();
  const since = before(clock.now(), seconds(6 * MINUTE));
  const world = createWorld({ seed: 'contract', clock, plan: DRILL_PLAN, since });
  const simulator = await startSimulator(createSimulator, world);
  onTestFinished(() => simulator[Symbol.asyncDispose]());
  const connected = connectVendor(vendor, { settings: parse(vendor, simulator.settings), clock });
  return { world, connected, window: { from: since, to: after(clock.now(), vendor.capabilities.lead) } };
}

/** The details that are fetched by themselves for a run. */
function detailsOf({ capabilities }: Vendor, run: Run): readonly ('steps' | 'rows')[] {
  const { finishedDetails, liveDetails } = capabilities;
  return (isFinished(run) ? finishedDetails : liveDetails).filter((detail) => detail !== 'duration');
}
