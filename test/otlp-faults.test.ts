/** Receivers that are down, slow, refusing or somebody else: what a user sees on `/metrics` and in the log. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Secret } from '../src/config/secret.ts';
import { METRICS } from '../src/metrics/catalogue.ts';
import type { Snapshot } from '../src/metrics/samples.ts';
import { type Clock, createClock } from '../src/model/clock.ts';
import { after, HOUR, seconds, unixSeconds } from '../src/model/time.ts';
import { eventually } from './support/eventually.ts';
import { jobBlock, sample, snapshot } from './support/exposition/samples.ts';
import { startProxy } from './support/http/start-proxy.ts';
import { createAuthority } from './support/otlp/create-authority.ts';
import { encodePartialSuccess } from './support/otlp/decode-request.ts';
import { pushSnapshots } from './support/otlp/push-snapshots.ts';
import { startGrpcReceiver, startReceiver, taken } from './support/otlp/start-receiver.ts';
import { freePort } from './support/unkind-server.ts';

const SHOWN = snapshot(1, [jobBlock('nightly', [[METRICS.lastRunExitCode, [sample(0)]]])]);
/** Just shorter than the shortest pause before a second try (0.8 s): one try a push, with time for it on a slow machine. */
const ONE_TRY = seconds(0.75);
const FAILED_ONCE = { ok: 0, rejected: 0, failed: 1 };

/** An answer of a status. */
function answer(
  code: number,
  headers: Readonly<Record<string, string>> = {},
  body = '',
): (response: ServerResponse) => void {
  return (response) => void response.writeHead(code, headers).end(body);
}

/** Lines after the one that says where to. */
function linesAfterStart(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => !line.includes('OTLP push started'));
}

function createSteppedClock(): Clock & { advance(by: number): void } {
  let now = unixSeconds(1_795_000_000);
  return {
    ...createClock(),
    now: () => now,
    advance: (by) => {
      now = after(now, seconds(by));
    },
  };
}

/** A file for one test. */
function writeTemporary(name: string, content: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'datajobs-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('a receiver that is down', () => {
  it('fails each push, and is logged once', async () => {
    const port = await freePort();
    const endpoint = `http://127.0.0.1:${port}`;
    const push = await pushSnapshots(SHOWN, { config: { endpoint, timeout: ONE_TRY } });

    await push.flush();
    await push.flush();

    expect(push.status()).toEqual({
      exports: new Map([
        ['ok', 0],
        ['rejected', 0],
        ['failed', 2],
      ]),
      lastSuccessAt: null,
      lastPushPoints: null,
    });
    expect(push.acknowledged).toEqual([]);
    expect(linesAfterStart(push.logLines())).toEqual([
      `level=warn msg="OTLP pushes fail; each interval tries again" endpoint=${endpoint}/v1/metrics reason="connect ECONNREFUSED 127.0.0.1:${port}"`,
    ]);
  });

  it('is asked once a push, however many requests the push would be', async () => {
    const { endpoint, received } = await startReceiver([answer(400)]);
    const blocks = Array.from({ length: 6000 }, (_, index) =>
      jobBlock(`job ${index}`, [[METRICS.lastRunExitCode, [sample(index)]]]),
    );
    const push = await pushSnapshots(snapshot(1, blocks), { config: { endpoint } });

    await push.flush();

    expect(received.length).toBe(1);
    expect(push.exports()).toEqual(FAILED_ONCE);
  });

  it('is logged again when it is back', async () => {
    const { endpoint } = await startReceiver([answer(503), answer(503), taken, taken]);
    const push = await pushSnapshots(SHOWN, { config: { endpoint, timeout: ONE_TRY } });

    for (let count = 0; count < 4; count += 1) await push.flush();

    expect(push.exports()).toEqual({ ok: 2, rejected: 0, failed: 2 });
    expect(linesAfterStart(push.logLines())).toEqual([
      `level=warn msg="OTLP pushes fail; each interval tries again" endpoint=${endpoint}/v1/metrics reason="HTTP 503 Service Unavailable"`,
      `level=info msg="OTLP pushes succeed" endpoint=${endpoint}/v1/metrics points=1`,
    ]);
  });
});

describe('a receiver that refuses', () => {
  it.each([
    [401, 'HTTP 401 Unauthorized'],
    [413, 'HTTP 413 Payload Too Large'],
    [503, 'HTTP 503 Service Unavailable'],
  ])('with %i is named by its status, and not quoted where it repeats what was sent', async (code, reason) => {
    const { endpoint } = await startReceiver([answer(code, {}, 'the token top-secret will not do')]);
    const push = await pushSnapshots(SHOWN, {
      config: { endpoint: `${endpoint}/base`, timeout: ONE_TRY },
      env: { OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20top-secret' },
      level: 'debug',
    });

    await push.flush();

    const log = push.logLines().join('\n');
    expect(push.exports()).toEqual(FAILED_ONCE);
    expect(push.logLines()).toContain(
      `level=warn msg="OTLP pushes fail; each interval tries again" endpoint=${endpoint}/base/v1/metrics reason="${reason}"`,
    );
    expect(log).not.toMatch(/secret/);
  });

  it('is quoted in its own words, once for each of them', async () => {
    const say = (words: string) =>
      answer(400, { 'content-type': 'application/json' }, JSON.stringify({ message: words }));
    const { endpoint } = await startReceiver([
      say('out of\u001b order at 1795000600'),
      say('out of\u001b order at 1795000660'),
      say('tenant unknown'),
      say('out of\u001b order at 1795000720'),
      answer(401),
    ]);
    const push = await pushSnapshots(SHOWN, { config: { endpoint } });

    for (let count = 0; count < 5; count += 1) await push.flush();

    expect(linesAfterStart(push.logLines()).map((line) => line.replace(/.*reason=/, ''))).toEqual([
      '"HTTP 400 Bad Request: out of order at 1795000600"',
      '"HTTP 400 Bad Request: tenant unknown"',
      '"HTTP 401 Unauthorized"',
    ]);
  });

  it.each([
    ['a login page', answer(200, { 'content-type': 'text/html' }, '<html>Sign in</html>'), 'a page for people'],
    ['a server that says OK to all', answer(200, { 'content-type': 'text/plain' }, 'OK'), 'something else'],
    ['an API of another kind', answer(200, { 'content-type': 'application/json' }, '{"ok":true}'), 'something else'],
  ])('without saying so, as it is %s, has not taken anything', async (_what, reply, what) => {
    const { endpoint } = await startReceiver([reply]);
    const push = await pushSnapshots(SHOWN, { config: { endpoint } });

    await push.flush();

    expect(push.exports()).toEqual(FAILED_ONCE);
    expect(push.acknowledged).toEqual([]);
    expect(push.logLines().at(-1)).toContain(
      `reason="HTTP 200 with ${what}, which is no answer of an OTLP receiver; check the endpoint"`,
    );
  });

  it('is named by its refusal where the time ends during retries', async () => {
    const { endpoint } = await startReceiver([answer(503), () => {}]);
    const push = await pushSnapshots(SHOWN, { config: { endpoint, timeout: seconds(2) } });

    await push.flush();

    expect(push.logLines().at(-1)).toContain('reason="HTTP 503 Service Unavailable"');
  });

  it('is tried again within a push where the status allows it', async () => {
    const { endpoint, received } = await startReceiver([answer(503, { 'retry-after': '1' }), taken]);
    const push = await pushSnapshots(SHOWN, { config: { endpoint, timeout: seconds(60) } });

    await push.flush();

    expect(received.length).toBe(2);
    expect(push.exports()).toEqual({ ok: 1, rejected: 0, failed: 0 });
  });

  it('is left alone for as long as Retry-After says', async () => {
    const { endpoint, received } = await startReceiver([answer(429, { 'retry-after': '300' }), taken]);
    const clock = createSteppedClock();
    const push = await pushSnapshots(SHOWN, { config: { endpoint, timeout: seconds(60) }, clock });
    await push.flush();
    clock.advance(299);
    await push.flush();
    const receivedWithin = received.length;
    clock.advance(1);

    await push.flush();

    expect(receivedWithin).toBe(1);
    expect(received.length).toBe(2);
    expect(push.exports()).toEqual({ ok: 1, rejected: 0, failed: 1 });
    expect(linesAfterStart(push.logLines())).toEqual([
      `level=warn msg="OTLP pushes fail; each interval tries again" endpoint=${endpoint}/v1/metrics reason="HTTP 429 Too Many Requests"`,
      `level=info msg="OTLP pushes succeed" endpoint=${endpoint}/v1/metrics points=1`,
    ]);
  });

  it('over gRPC is named by its code', async () => {
    const { endpoint } = await startGrpcReceiver({ code: status.RESOURCE_EXHAUSTED, details: 'too many\nseries' });
    const push = await pushSnapshots(SHOWN, { config: { endpoint, protocol: 'grpc' } });

    await push.flush();

    expect(push.exports()).toEqual(FAILED_ONCE);
    expect(linesAfterStart(push.logLines())).toEqual([
      `level=warn msg="OTLP pushes fail; each interval tries again" endpoint=${endpoint} reason="gRPC RESOURCE_EXHAUSTED: too many series"`,
    ]);
  });
});

describe('a receiver that takes only some points', () => {
  const PARTIAL = encodePartialSuccess(1, 'out of\norder');
  const LINE = (endpoint: string): string =>
    `level=warn msg="OTLP receiver rejects some points" endpoint=${endpoint} points=1 rejectedPoints=1 reason="out of order"`;

  it.each([
    ['http/protobuf', PARTIAL],
    ['http/json', Buffer.from('{"partialSuccess":{"rejectedDataPoints":"1","errorMessage":"out of\\norder"}}')],
  ] as const)(
    'over %s counts as rejected, and is acknowledged, as nothing may be sent again',
    async (protocol, body) => {
      const { endpoint } = await startReceiver([(response) => void response.writeHead(200).end(body)]);
      const push = await pushSnapshots(SHOWN, { config: { endpoint, protocol } });

      await push.flush();
      await push.flush();

      expect(push.status()).toEqual({
        exports: new Map([
          ['ok', 0],
          ['rejected', 2],
          ['failed', 0],
        ]),
        lastSuccessAt: null,
        lastPushPoints: 1,
      });
      expect(push.acknowledged).toEqual([1, 1]);
      expect(linesAfterStart(push.logLines())).toEqual([LINE(`${endpoint}/v1/metrics`)]);
    },
  );

  it('over gRPC counts as rejected', async () => {
    const { endpoint } = await startGrpcReceiver(PARTIAL);
    const push = await pushSnapshots(SHOWN, { config: { endpoint, protocol: 'grpc' } });

    await push.flush();

    expect(push.exports()).toEqual({ ok: 0, rejected: 1, failed: 0 });
    expect(linesAfterStart(push.logLines())).toEqual([LINE(endpoint)]);
  });
});

describe('a receiver that does not answer', () => {
  it('fails a push when its request has had its time', async () => {
    const { endpoint } = await startReceiver([() => {}]);
    const push = await pushSnapshots(SHOWN, { config: { endpoint, timeout: ONE_TRY } });

    await push.flush();

    expect(push.exports()).toEqual(FAILED_ONCE);
    expect(push.logLines().at(-1)).toContain('reason="no complete answer within 0.75 s"');
  });

  it('over gRPC fails a push when its call has had its time', async () => {
    const { endpoint } = await startGrpcReceiver(null);
    const push = await pushSnapshots(SHOWN, { config: { endpoint, protocol: 'grpc', timeout: ONE_TRY } });

    await push.flush();

    expect(push.exports()).toEqual(FAILED_ONCE);
    expect(push.logLines().at(-1)).toContain('reason="gRPC DEADLINE_EXCEEDED: ');
  });

  it('fails a push when it has had its time, though it keeps dripping', async () => {
    const { endpoint } = await startReceiver([drip, taken]);
    const push = await pushSnapshots(SHOWN, {
      config: { endpoint, timeout: seconds(60) },
      env: { OTEL_METRIC_EXPORT_TIMEOUT: '2000' },
    });
    await push.flush();

    await push.flush();

    expect(push.exports()).toEqual({ ok: 1, rejected: 0, failed: 1 });
    expect(push.logLines().join('\n')).toMatch(/reason="no complete answer within (?:1\.8|2) s"/);
  });

  it('is not pushed to a second time meanwhile', async () => {
    let open = 0;
    let mostOpen = 0;
    const answerSlowly = (response: ServerResponse): void => {
      open += 1;
      mostOpen = Math.max(mostOpen, open);
      setTimeout(() => {
        open -= 1;
        response.end();
      }, 50);
    };
    const { endpoint, received } = await startReceiver([answerSlowly]);
    const push = await pushSnapshots(SHOWN, { config: { endpoint } });

    await Promise.all([push.flush(), push.flush(), push.flush(), push.flush()]);

    expect(mostOpen).toBe(1);
    expect(push.exports()).toEqual({ ok: received.length, rejected: 0, failed: 0 });
  });

  it('does not hold up the end', async () => {
    const { endpoint, received } = await startReceiver([() => {}]);
    const push = await pushSnapshots(SHOWN, {
      config: { endpoint, interval: HOUR, timeout: HOUR },
      env: { OTEL_METRIC_EXPORT_TIMEOUT: '3600000' },
    });
    const flushed = push.flush();
    await eventually(() => received[0] ?? null, { what: 'a push' });

    // Waited for, it would take an hour.
    await push.stop(seconds(0.3));

    await flushed;
    expect(push.exports()).toEqual(FAILED_ONCE);
  });
});

describe('the last push', () => {
  it('is of what is shown when the end comes', async () => {
    const { endpoint, received } = await startReceiver();
    const push = await pushSnapshots(SHOWN, { config: { endpoint } });
    const last: Snapshot = { ...SHOWN, generation: 2 };
    push.show(last);

    await push.stop(seconds(5));

    expect(received.length).toBe(1);
    expect(push.acknowledged).toEqual([2]);
  });
});

describe.each(['http/protobuf', 'grpc'] as const)('over %s', (protocol) => {
  const start = async (): Promise<{ readonly endpoint: string; readonly headers: () => readonly unknown[] }> => {
    if (protocol === 'grpc') {
      const { endpoint, calls } = await startGrpcReceiver();
      return { endpoint, headers: () => calls.map(({ metadata }) => metadata.get('x-token')[0]) };
    }
    const { endpoint, received } = await startReceiver();
    return { endpoint, headers: () => received.map((request) => request.headers['x-token']) };
  };

  it('a header that has changed is sent as it is now', async () => {
    const { endpoint, headers } = await start();
    let token = 'first';
    const push = await pushSnapshots(SHOWN, {
      config: { endpoint, protocol, headers: { 'x-token': new Secret(() => token) } },
    });
    await push.flush();

    token = 'second';
    await push.flush();

    expect(headers()).toEqual(['first', 'second']);
  });

  it('a header that cannot be read fails the push, and no more', async () => {
    const { endpoint } = await start();
    const gone = new Secret(() => {
      throw new Error('datajobs.yml:3:5: token_file cannot be read (no such file)');
    });
    const push = await pushSnapshots(SHOWN, { config: { endpoint, protocol, headers: { 'x-token': gone } } });

    await push.flush();

    expect(push.exports()).toEqual(FAILED_ONCE);
    expect(push.logLines().at(-1)).toContain('token_file cannot be read');
  });

  it('a proxy of the environment is asked for the way', async () => {
    const { endpoint } = await start();
    const proxy = await startProxy({ target: new URL(endpoint) });
    const url = new URL(proxy.url);
    [url.username, url.password] = ['user', 'p%40ss'];
    const push = await pushSnapshots(SHOWN, {
      config: { endpoint: 'http://receiver.invalid:4318', protocol },
      proxies: { http: { variable: 'HTTP_PROXY', url }, https: null, except: '' },
    });

    await push.flush();

    expect(push.exports()).toEqual({ ok: 1, rejected: 0, failed: 0 });
    expect(proxy.asked).toEqual([
      protocol === 'grpc' ? 'CONNECT receiver.invalid:4318' : 'POST http://receiver.invalid:4318/v1/metrics',
    ]);
    expect(proxy.credentials).toEqual([`Basic ${Buffer.from('user:p@ss').toString('base64')}`]);
  });

  it('a proxy is not asked for what NO_PROXY names', async () => {
    const { endpoint } = await start();
    const proxy = await startProxy({ target: new URL(endpoint) });
    const push = await pushSnapshots(SHOWN, {
      config: { endpoint, protocol },
      proxies: { http: { variable: 'HTTP_PROXY', url: proxy.url }, https: null, except: '127.0.0.1' },
    });

    await push.flush();

    expect(push.exports()).toEqual({ ok: 1, rejected: 0, failed: 0 });
    expect(proxy.asked).toEqual([]);
  });

  it('a proxy that cannot be reached is named, without its password', async () => {
    const port = await freePort();
    const push = await pushSnapshots(SHOWN, {
      config: { endpoint: 'http://receiver.invalid:4318', protocol, timeout: ONE_TRY },
      proxies: {
        http: { variable: 'HTTP_PROXY', url: new URL(`http://user:s3cret@127.0.0.1:${port}`) },
        https: null,
        except: '',
      },
    });

    await push.flush();

    expect(push.logLines().at(-1)).toContain(`; HTTP_PROXY is set: the way goes through 127.0.0.1:${port}`);
    expect(push.logLines().join('\n')).not.toContain('s3cret');
  });
});

describe('TLS', () => {
  const authority = createAuthority('private authority');
  const stranger = createAuthority('somebody else');

  it.each(['http/protobuf', 'grpc'] as const)(
    'with a private authority works over %s once it is trusted',
    async (protocol) => {
      const start = protocol === 'grpc' ? startTlsGrpc : startTls;
      const endpoint = await start(authority.issue('loopback'));
      const certificateFile = writeTemporary('ca.pem', authority.cert);
      const trusting = await pushSnapshots(SHOWN, { config: { endpoint, protocol, certificateFile } });

      await trusting.flush();

      expect(trusting.exports()).toEqual({ ok: 1, rejected: 0, failed: 0 });
    },
  );

  it.each([
    ['public authorities', null],
    ['another authority', stranger.cert],
  ])('is refused where the exporter trusts %s', async (_who, trusted) => {
    const endpoint = await startTls(authority.issue('loopback'));
    const env = trusted === null ? {} : { OTEL_EXPORTER_OTLP_CERTIFICATE: writeTemporary('ca.pem', trusted) };
    const push = await pushSnapshots(SHOWN, { config: { endpoint }, env });

    await push.flush();

    expect(push.exports()).toEqual(FAILED_ONCE);
    expect(linesAfterStart(push.logLines())).toEqual([
      `level=warn msg="OTLP pushes fail; each interval tries again" endpoint=${endpoint}/v1/metrics reason="the receiver's certificate is not trusted (UNABLE_TO_VERIFY_LEAF_SIGNATURE); set otlp.certificate_file to its authority's"`,
    ]);
  });

  it.each(['http/protobuf', 'grpc'] as const)(
    'over %s trusts another authority once its file has changed, without a restart',
    async (protocol) => {
      const start = protocol === 'grpc' ? startTlsGrpc : startTls;
      const endpoint = await start(authority.issue('loopback'));
      const certificateFile = writeTemporary('ca.pem', stranger.cert);
      const push = await pushSnapshots(SHOWN, { config: { endpoint, protocol, certificateFile } });
      await push.flush();

      writeFileSync(certificateFile, `${authority.cert}\n`);
      await push.flush();

      expect(push.exports()).toEqual({ ok: 1, rejected: 0, failed: 1 });
    },
  );

  it.each(['http/protobuf', 'grpc'] as const)('holds through a proxy over %s', async (protocol) => {
    const start = protocol === 'grpc' ? startTlsGrpc : startTls;
    const endpoint = await start(authority.issue('loopback'));
    const proxy = await startProxy({ target: new URL(endpoint) });
    const proxies = { http: null, https: { variable: 'HTTPS_PROXY', url: proxy.url }, except: '' };
    const certificateFile = writeTemporary('ca.pem', authority.cert);
    const trusting = await pushSnapshots(SHOWN, { config: { endpoint, protocol, certificateFile }, proxies });
    const wary = await pushSnapshots(SHOWN, { config: { endpoint, protocol, timeout: ONE_TRY }, proxies });

    await trusting.flush();
    await wary.flush();

    expect(trusting.exports()).toEqual({ ok: 1, rejected: 0, failed: 0 });
    expect(wary.exports()).toEqual(FAILED_ONCE);
    expect(proxy.asked[0]).toBe(`CONNECT ${new URL(endpoint).host}`);
  });

  it('is refused where the certificate is for somebody else', async () => {
    const endpoint = await startTls(authority.issue('nobody'));
    const certificateFile = writeTemporary('ca.pem', authority.cert);
    const push = await pushSnapshots(SHOWN, { config: { endpoint, certificateFile } });

    await push.flush();

    expect(push.exports()).toEqual(FAILED_ONCE);
    expect(push.logLines().at(-1)).toContain('(ERR_TLS_CERT_ALTNAME_INVALID)');
  });

  it('over gRPC is refused where the exporter trusts another authority', async () => {
    const endpoint = await startTlsGrpc(authority.issue('loopback'));
    const certificateFile = writeTemporary('ca.pem', stranger.cert);
    const push = await pushSnapshots(SHOWN, { config: { endpoint, protocol: 'grpc', certificateFile } });

    await push.flush();

    expect(push.exports()).toEqual(FAILED_ONCE);
    expect(push.logLines().at(-1)).toMatch(/reason="gRPC UNAVAILABLE: .*unable to verify the first certificate/);
  });

  it.each(['http/protobuf', 'grpc'] as const)(
    'shows a certificate of its own where it is asked over %s',
    async (protocol) => {
      const start = protocol === 'grpc' ? startTlsGrpc : startTls;
      const endpoint = await start({ ...authority.issue('loopback'), clientAuthority: authority.cert });
      const client = authority.issue('nobody');
      const push = await pushSnapshots(SHOWN, {
        config: { endpoint, protocol, timeout: seconds(60) },
        env: {
          OTEL_EXPORTER_OTLP_CERTIFICATE: writeTemporary('ca.pem', authority.cert),
          OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: writeTemporary('client.pem', client.cert),
          OTEL_EXPORTER_OTLP_CLIENT_KEY: writeTemporary('client.key', client.key),
        },
      });

      await push.flush();

      expect(push.exports()).toEqual({ ok: 1, rejected: 0, failed: 0 });
    },
  );
});

async function startTls(tls: Parameters<typeof startReceiver>[1]): Promise<string> {
  return (await startReceiver([taken], tls)).endpoint;
}

async function startTlsGrpc(tls: Parameters<typeof startGrpcReceiver>[1]): Promise<string> {
  return (await startGrpcReceiver(Buffer.alloc(0), tls)).endpoint;
}

/** An answer that never ends, and never pauses for long. */
function drip(response: ServerResponse): void {
  response.writeHead(200);
  const timer = setInterval(() => response.write('.'), 50);
  response.on('close', () => clearInterval(timer));
}
