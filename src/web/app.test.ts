import { once } from 'node:events';
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { request } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { countingBlock, snapshot } from '../../test/support/exposition/samples.ts';
import { runStatus, statusSource, targetStatus } from '../../test/support/web/status.ts';
import { createPage, type Page } from '../exposition/page.ts';
import { CATALOGUE } from '../metrics/catalogue.ts';
import type { Reader } from '../metrics/readers.ts';
import { seconds, unixSeconds } from '../model/time.ts';
import { createWebApp, type WebAppOptions } from './app.ts';
import { startWeb, type WebServer } from './server.ts';

const servers: WebServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close(seconds(0))));
});

const shown = snapshot(7, [countingBlock('nightly', 3)]);
const LINE = 'datajobs_runs_finished_total{vendor="snowplow",job_name="nightly",result="success"} 3\n';

/** A server on loopback; what its routes report is in `scraped` and `errors`. */
async function setUp(options: Partial<WebAppOptions> = {}) {
  const scraped: number[] = [];
  const readers: Reader[] = [];
  const errors: unknown[] = [];
  const page = createPage({
    source: { current: () => shown },
    catalogue: CATALOGUE,
    extraLines: null,
    reportDuplicate: () => {},
  });
  const app = createWebApp({
    page,
    source: {
      scraped: ({ generation }, reader) => {
        scraped.push(generation);
        readers.push(reader);
      },
    },
    status: statusSource(),
    clock: { now: () => unixSeconds(1_795_000_060), monotonic: () => seconds(0), sleep: () => Promise.resolve() },
    version: '1.2.3',
    metricsPath: '/metrics',
    maxRequests: 40,
    created: false,
    reload: null,
    reportError: (error) => errors.push(error),
    ...options,
  });
  const server = await startWeb({ app, addresses: [{ host: '127.0.0.1', port: 0 }] });
  servers.push(server);
  const origin = `http://127.0.0.1:${server.addresses[0]!.port}`;
  return { origin, server, scraped, readers, errors };
}

async function get(url: string, headers: Record<string, string> = {}, method = 'GET') {
  const response = await request(url, { method, headers });
  const body = Buffer.from(await response.body.arrayBuffer());
  return { status: response.statusCode, headers: response.headers, body, text: body.toString() };
}

/** A page whose answer comes when `release` is called. */
function heldPage(): { readonly page: Page; readonly release: () => void; readonly asked: () => number } {
  const waiting: (() => void)[] = [];
  const page: Page = {
    read: () =>
      new Promise((resolve) => {
        waiting.push(() =>
          resolve({ headers: { 'content-length': '2' }, buffers: [Buffer.from('a\n')], snapshot: shown }),
        );
      }),
  };
  return { page, release: () => waiting.splice(0).forEach((answer) => answer()), asked: () => waiting.length };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}

describe('/metrics', () => {
  it('is text for a plain client, and counts as scraped once it was sent', async () => {
    const { origin, scraped } = await setUp();

    const { status, headers, text } = await get(`${origin}/metrics`);

    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(text.endsWith(LINE)).toBe(true);
    await until(() => scraped.length > 0);
    expect(scraped).toEqual([7]);
  });

  it('tells readers apart by address and user agent, and scrapers by what they say of themselves', async () => {
    const { origin, readers } = await setUp();
    const agents: Record<string, string>[] = [
      { 'user-agent': 'curl/8.14.1' },
      { 'user-agent': 'Prometheus/3.5.0' },
      { 'user-agent': 'vm_promscrape', 'x-prometheus-scrape-timeout-seconds': '10' },
      {},
      { 'user-agent': 'a'.repeat(10_000) },
    ];

    for (const headers of agents) await get(`${origin}/metrics`, headers);

    await until(() => readers.length === agents.length);
    expect(readers).toEqual([
      { id: '127.0.0.1 curl/8.14.1', isScraper: false },
      { id: '127.0.0.1 Prometheus/3.5.0', isScraper: true },
      { id: '127.0.0.1 vm_promscrape', isScraper: true },
      { id: '127.0.0.1 ', isScraper: false },
      { id: `127.0.0.1 ${'a'.repeat(200)}`, isScraper: false },
    ]);
  });

  it('is OpenMetrics in gzip for Prometheus, with creation times on request', async () => {
    const { origin } = await setUp();
    const accept = 'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,*/*;q=0.1';

    const { headers, body } = await get(`${origin}/metrics?created=1`, { accept, 'accept-encoding': 'gzip' });

    expect(headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(body).toString()).toBe(`\
# HELP datajobs_runs_finished Finished runs by result, each counted exactly once, also over restarts and outages.
# TYPE datajobs_runs_finished counter
${LINE}# EOF
`);
  });

  it('is text, never 406, for a client that wants something else', async () => {
    const { origin } = await setUp();

    const { status, text } = await get(`${origin}/metrics`, { accept: 'image/png' });

    expect([status, text.endsWith(LINE)]).toEqual([200, true]);
  });

  it('says its length to HEAD, which is no scrape', async () => {
    const { origin, scraped } = await setUp();

    const { status, headers, text } = await get(`${origin}/metrics`, {}, 'HEAD');

    expect([status, headers['content-length'], text]).toEqual([200, '250', '']);
    await get(`${origin}/-/healthy`);
    expect(scraped).toEqual([]);
  });

  it('is at the path that is configured', async () => {
    const { origin } = await setUp({ metricsPath: '/probe' });

    const statuses = [(await get(`${origin}/probe`)).status, (await get(`${origin}/metrics`)).status];

    expect(statuses).toEqual([200, 404]);
  });

  it('is the same under every spelling of its path that the router takes', async () => {
    const { origin } = await setUp();

    const [written, slashed] = [await get(`${origin}/metrics`), await get(`${origin}/metrics/?created=1`)];

    const { date: _, ...headers } = written.headers;
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
    expect(slashed.headers).toMatchObject(headers);
    expect([slashed.status, slashed.text]).toEqual([200, written.text]);
  });

  it('answers no more scrapes at a time than allowed, and is free again afterwards', async () => {
    const { page, release, asked } = heldPage();
    const { origin } = await setUp({ page, maxRequests: 2 });
    const pending = [get(`${origin}/metrics`), get(`${origin}/metrics`)];
    await until(() => asked() === 2);

    const third = await get(`${origin}/metrics`);
    release();
    const answered = await Promise.all(pending);
    const fourth = get(`${origin}/metrics`);
    await until(() => asked() === 1);
    release();

    expect(third.status).toBe(503);
    expect(third.text).toContain('--web.max-requests');
    expect(answered.map(({ status }) => status)).toEqual([200, 200]);
    expect((await fourth).status).toBe(200);
  });

  it('does not count a scrape that was broken off, and lets the next one in', async () => {
    const { page, release, asked } = heldPage();
    const { origin, server, scraped } = await setUp({ page, maxRequests: 1 });
    const broken = connect(server.addresses[0]!.port, '127.0.0.1');
    broken.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await until(() => asked() === 1);

    broken.resetAndDestroy();
    await get(`${origin}/-/healthy`);
    release();
    const next = get(`${origin}/metrics`);
    await until(() => asked() === 1);
    release();

    expect((await next).status).toBe(200);
    expect(scraped).toEqual([7]);
  });

  it('hides what went wrong from the client, and reports it', async () => {
    const failure = new Error('a secret inside');
    const { origin, errors } = await setUp({ page: { read: () => Promise.reject(failure) } });

    const { status, text } = await get(`${origin}/metrics`);

    expect([status, text]).toEqual([500, 'Something went wrong; see the log.\n']);
    expect(errors).toEqual([failure]);
  });
});

describe('health and readiness', () => {
  it('is healthy always', async () => {
    const { origin } = await setUp({
      status: statusSource({ readiness: () => ({ ready: false, reason: 'starting' }) }),
    });

    const { status } = await get(`${origin}/-/healthy`);

    expect(status).toBe(200);
  });

  it('is not ready while a target waits for its first poll, and says so', async () => {
    let ready = false;
    const readiness = () => (ready ? ({ ready } as const) : ({ ready, reason: 'waiting for acme' } as const));
    const { origin } = await setUp({ status: statusSource({ readiness }) });

    const before = await get(`${origin}/-/ready`);
    ready = true;
    const after = await get(`${origin}/-/ready`);

    expect([before.status, before.text]).toEqual([503, 'datajobs-exporter is not ready: waiting for acme\n']);
    expect(after.status).toBe(200);
  });
});

describe('/-/reload', () => {
  it.each(['PUT', 'POST'])('reloads on %s', async (method) => {
    let reloads = 0;
    const reload = () => {
      reloads += 1;
      return Promise.resolve({ ok: true } as const);
    };
    const { origin } = await setUp({ reload });

    const { status } = await get(`${origin}/-/reload`, {}, method);

    expect([status, reloads]).toEqual([200, 1]);
  });

  it('refuses GET', async () => {
    const { origin } = await setUp({ reload: () => Promise.reject(new Error('must not be called')) });

    const { status, headers } = await get(`${origin}/-/reload`);

    expect([status, headers['allow']]).toEqual([405, 'PUT, POST']);
  });

  it('says how to enable it', async () => {
    const { origin } = await setUp();

    const { status, text } = await get(`${origin}/-/reload`, {}, 'POST');

    expect(status).toBe(403);
    expect(text).toContain('--web.enable-lifecycle');
  });

  it('answers with every problem of a bad configuration', async () => {
    const problems = ['datajobs.yml:3: poll_intervall: unknown key', 'datajobs.yml:9: name: expected text'];
    const { origin } = await setUp({ reload: () => Promise.resolve({ ok: false, problems }) });

    const { status, text } = await get(`${origin}/-/reload`, {}, 'POST');

    expect([status, text.trimEnd().split('\n')]).toEqual([500, ['The configuration was not reloaded:', ...problems]]);
  });
});

describe('the API', () => {
  it('lists targets', async () => {
    const { origin } = await setUp({ status: statusSource({ targets: () => [targetStatus()] }) });

    const { text } = await get(`${origin}/api/v1/targets`);

    expect(JSON.parse(text)).toEqual({ targets: [targetStatus()], standby: [] });
  });

  it('lists runs to the machine itself', async () => {
    const { origin } = await setUp({ status: statusSource({ runs: () => [runStatus()] }) });

    const { text } = await get(`${origin}/api/v1/runs`);

    expect(JSON.parse(text)).toEqual({ runs: [runStatus()] });
  });

  it.each([
    ['through a proxy on this machine', { 'x-forwarded-for': '203.0.113.7' }],
    ['under a name that was pointed at this machine', { host: 'rebound.example' }],
  ])('refuses runs %s', async (_, headers) => {
    const { origin } = await setUp({ status: statusSource({ runs: () => [runStatus()] }) });

    const { status, text } = await get(`${origin}/api/v1/runs`, headers);

    expect(status).toBe(403);
    expect(text).toContain('only on loopback');
  });
});

describe('the status page', () => {
  it('shows vendor text as text, and links what it names', async () => {
    const hostile = '<img src=x onerror=alert(1)>"\'&';
    const { origin } = await setUp({
      status: statusSource({
        targets: () => [targetStatus({ name: hostile, problem: hostile, up: false })],
        runs: () => [
          runStatus({ jobName: hostile, workspace: hostile, runId: hostile, url: 'https://vendor.example/?a="b"' }),
        ],
      }),
    });

    const { headers, text } = await get(`${origin}/`);

    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(text).not.toContain('<img');
    expect(text).toContain('&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;');
    expect(text).toContain('href="https://vendor.example/?a=&quot;b&quot;"');
    expect(text).toContain('href="/metrics"');
  });

  it('shows run ids to the machine itself alone', async () => {
    const { origin } = await setUp({ status: statusSource({ runs: () => [runStatus({ runId: 'run-4711' })] }) });

    const local = await get(`${origin}/`);
    const proxied = await get(`${origin}/`, { 'x-forwarded-for': '203.0.113.7' });

    expect([local.text.includes('run-4711'), proxied.text.includes('run-4711')]).toEqual([true, false]);
  });

  it('is green only where nothing is to be looked at', async () => {
    const { origin } = await setUp({ status: statusSource({ targets: () => [targetStatus()] }) });

    const { text } = await get(`${origin}/`);

    expect(text).toContain('<div class="summary good"');
    expect(text).toContain('<p>All targets are up.</p>');
    expect(text).not.toContain('<li>');
  });

  it.each([
    ['records were rejected', { recordsRejected: 3 }, /rejected since the ledger began: 3\. .*RecordsRejected/, 'good'],
    [
      'fields cannot be read',
      { unreadableFields: ['duration (12)', 'endTime (1)'] },
      /could not be read.*: duration \(12\), endTime \(1\)\. .*UnreadableFields/,
      'good',
    ],
    ['a state is unknown', { unknownStates: ['<PARKED>'] }, /nobody listed.*: &lt;PARKED&gt;\. .*UnknownState/, 'good'],
    ['answers are cut', { historyTruncated: true }, /runs may be missing\. .*HistoryTruncated/, 'warn'],
    ['runs are beyond reach', { historyGap: seconds(7200) }, /runs of 2 h in all .*HistoryGap/, 'good'],
    [
      'an expectation has no job',
      { expectationsUnmatched: ['a-*', 'b'] },
      /: a-\*, b\. .*ExpectationUnmatched/,
      'warn',
    ],
  ])(
    'names target and runbook where %s, and gives an alarm only for what is so now',
    async (_, fields, line, colour) => {
      const { origin } = await setUp({ status: statusSource({ targets: () => [targetStatus(fields)] }) });

      const { text } = await get(`${origin}/`);

      expect(text).toContain(`<div class="summary ${colour}"`);
      expect(text).toContain(colour === 'warn' ? '<p>All targets are up, but:</p>' : '<p>All targets are up.</p>');
      expect(/<li>acme-snowplow: (.*)<\/li>/.exec(text)?.[1]).toMatch(line);
    },
  );

  it.each([
    [
      'some scopes were read',
      { scopesFailed: 1, scopes: 3 },
      'warn',
      'partly read (1 of 3 scopes failed)',
      'partly read',
    ],
    [
      'only the scopes were read',
      { scopesFailed: 0, scopes: 3 },
      'warn',
      'partly read (failed after the scopes)',
      'partly read',
    ],
    ['nothing was read', { scopesFailed: 3, scopes: 3 }, 'bad', 'not up', 'not up'],
    ['nothing was asked yet', { outcome: null }, 'warn', 'first poll', 'waiting for the first poll'],
  ])('tells a target apart of which %s', async (_, fields, colour, mark, headline) => {
    const troubled = targetStatus({ up: false, outcome: 'http_client', ...fields });
    const { origin } = await setUp({ status: statusSource({ targets: () => [targetStatus(), troubled] }) });

    const { text } = await get(`${origin}/`);

    expect(text).toContain(`<div class="summary ${colour}"`);
    expect(text).toContain(`<p>Of 2 targets: 1 ${headline}.</p>`);
    expect(text).toContain(`<article class="${colour}">`);
    expect(text).toContain(`<span class="mark">${mark}</span>`);
  });

  it('says which targets another exporter holds, which trouble nobody', async () => {
    const { origin } = await setUp({
      status: statusSource({ targets: () => [targetStatus()], standby: () => ['other', 'third'] }),
    });

    const { text } = await get(`${origin}/`);
    const api = await get(`${origin}/api/v1/targets`);

    expect(text).toContain('class="summary good"');
    expect(text).toContain('Held by another exporter, which polls and shows them: other, third.');
    expect(JSON.parse(api.text)).toMatchObject({ standby: ['other', 'third'] });
  });

  it('counts in the headline what was not read and what was read in part', async () => {
    const down = targetStatus({ up: false, outcome: 'auth', scopes: 1, scopesFailed: 1 });
    const partly = targetStatus({ up: false, outcome: 'auth', scopes: 2, scopesFailed: 1 });
    const { origin } = await setUp({ status: statusSource({ targets: () => [down, partly, down, targetStatus()] }) });

    const { text } = await get(`${origin}/`);

    expect(text).toContain('<div class="summary bad"');
    expect(text).toContain('<p>Of 4 targets: 2 not up, 1 partly read.</p>');
  });

  it('says that a configuration was refused', async () => {
    const { origin } = await setUp({
      status: statusSource({ reloadRefused: () => true, targets: () => [targetStatus()] }),
    });

    const { text } = await get(`${origin}/`);

    expect(text).toContain('<div class="summary warn"');
    expect(text).toMatch(/<li>The configuration was refused at the last reload.*DataJobsConfigReloadFailed\.<\/li>/);
  });

  it('shows the jobs that fail above all failures, and run ids of them to the machine itself alone', async () => {
    const run = runStatus({ jobName: 'hourly', runId: 'run-4711', outcome: { result: 'timeout' } });
    const { origin } = await setUp({ status: statusSource({ failing: () => [run] }) });

    const local = await get(`${origin}/`);
    const proxied = await get(`${origin}/`, { 'x-forwarded-for': '203.0.113.7' });

    const section = /<h2>Failing now <small>1<\/small><\/h2>.*<h2>Last failures<\/h2>/s;
    const [toItself, toOthers] = [section.exec(local.text)?.[0], section.exec(proxied.text)?.[0]];
    expect([toItself, toOthers]).toEqual([expect.stringContaining('hourly'), expect.stringContaining('hourly')]);
    expect([toItself?.includes('run-4711'), toOthers?.includes('run-4711')]).toEqual([true, false]);
    expect(toItself).toContain('<span class="mark timeout">timeout</span>');
  });

  it('allows no script, no frame and no other origin', async () => {
    const { origin } = await setUp();

    const { headers } = await get(`${origin}/`);

    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; img-src data:;/);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['x-powered-by']).toBeUndefined();
  });
});

describe('what is not there', () => {
  it('is 404 in text', async () => {
    const { origin } = await setUp();

    const { status, headers } = await get(`${origin}/wp-login.php`);

    expect([status, headers['content-type']]).toEqual([404, 'text/plain; charset=utf-8']);
  });
});

describe('the server', () => {
  it('listens on every address', async () => {
    const { origin, server } = await setUp();
    const second = await startWeb({
      app: (_request, response) => response.end('b'),
      addresses: [
        { host: '127.0.0.1', port: 0 },
        { host: '127.0.0.1', port: 0 },
      ],
    });
    servers.push(second);

    const texts = await Promise.all(second.addresses.map(({ port }) => get(`http://127.0.0.1:${port}/`)));

    expect(texts.map(({ text }) => text)).toEqual(['b', 'b']);
    expect(origin).toContain(String(server.addresses[0]!.port));
  });

  it('gives back what it had when an address is taken', async () => {
    const { server } = await setUp();
    const taken = server.addresses[0]!;

    const starting = startWeb({ app: () => {}, addresses: [{ host: '127.0.0.1', port: 0 }, taken] });

    await expect(starting).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it.each([
    [
      'no-such-host.invalid',
      /^cannot listen: getaddrinfo (?:ENOTFOUND|EAI_AGAIN) no-such-host\.invalid; that name does not resolve here: /,
    ],
    [
      '192.0.2.1',
      /^cannot listen: listen EADDRNOTAVAIL: .* 192\.0\.2\.1; no interface of this machine has that address: /,
    ],
  ])('says what is wrong with an address that it cannot have: %s', async (host, message) => {
    const starting = startWeb({ app: () => {}, addresses: [{ host, port: 0 }] });

    await expect(starting).rejects.toThrow(message);
  });

  it('closes a kept connection at once, and one amid an answer when the answer is out', async () => {
    const { page, release, asked } = heldPage();
    const { server } = await setUp({ page });
    const { port } = server.addresses[0]!;
    const idle = connect(port, '127.0.0.1');
    idle.write('GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(idle, 'data');
    const busy = connect(port, '127.0.0.1');
    busy.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await until(() => asked() === 1);

    const closing = server.close(seconds(60));
    await once(idle, 'close');
    release();
    const [answer] = (await once(busy, 'data')) as [Buffer];
    await closing;

    expect(answer.toString()).toContain('200 OK');
  });

  it('ends a connection that does not end by itself at the deadline', async () => {
    const { page, asked } = heldPage();
    const { server } = await setUp({ page });
    const stuck = connect(server.addresses[0]!.port, '127.0.0.1');
    stuck.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await until(() => asked() === 1);

    await server.close(seconds(0.05));

    if (!stuck.destroyed) await once(stuck, 'close');
    expect(stuck.destroyed).toBe(true);
  });
});
