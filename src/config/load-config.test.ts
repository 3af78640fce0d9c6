import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { CONFIG_VENDORS, createMemoryFiles, problemsOf } from '../../test/support/config-vendors.ts';
import { ConfigError } from './config.ts';
import { loadConfig } from './load-config.ts';
import { Secret } from './secret.ts';

/** A file whose only target has these lines beside its name. */
function target(...lines: string[]): string {
  return ['targets:', '  - name: a', ...lines.map((line) => `    ${line}`)].join('\n');
}

/** The same, right in everything but these lines. */
function acme(...lines: string[]): string {
  return target('vendor: acme', "account: '7'", 'auth: { token: s3cret }', ...lines);
}

function load(text: string, env: Record<string, string> = {}, texts: Record<string, string> = {}) {
  const files = createMemoryFiles({ '/etc/datajobs.yml': text, ...texts });
  return loadConfig('/etc/datajobs.yml', { vendors: CONFIG_VENDORS, env, files });
}

describe('a configuration', () => {
  it('has every default of the specification', () => {
    const config = load(acme());

    const { settings, ...common } = config.targets[0]!;
    expect({ ...config, targets: [common] }).toEqual({
      targets: [
        {
          name: 'a',
          id: 'a',
          previousNames: [],
          reset: false,
          vendor: 'acme',
          pollInterval: 60,
          idlePollInterval: 60,
          pollTimeout: 45,
          expect: [],
          jobs: { include: ['*'], exclude: [] },
          maxJobs: 1000,
          maxSeries: 50_000,
          maxSteps: 50,
          labels: {},
          stateMap: {},
          jobRetention: 35 * 86_400,
          lostRunRetention: 3600,
        },
      ],
      durationBuckets: [10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 43_200, 86_400],
      holdWindow: 120,
      ledgerUrl: 'sqlite:datajobs.db',
      created: false,
      proxies: { http: null, https: null, except: '' },
      otlp: {
        enabled: false,
        endpoint: null,
        protocol: null,
        headers: {},
        interval: null,
        timeout: null,
        compression: null,
        temporality: null,
        certificateFile: null,
        clientCertificateFile: null,
        clientKeyFile: null,
        resourceAttributes: {},
        cicdConventions: false,
      },
    });
    expect(settings.base_url).toEqual(new URL('https://api.acme.example'));
  });

  it('names a proxy of the environment that cannot be used, and not its value', () => {
    const wrong = () => load(acme(), { HTTPS_PROXY: 'socks5://user:s3cret@proxy.example:1080' });

    expect(wrong).toThrow(ConfigError);
    expect(wrong).toThrow(
      /^HTTPS_PROXY: expected the address of a proxy, http:\/\/host:port or https:\/\/host:port, or nothing$/,
    );
  });

  it('takes what is written', () => {
    const config = load(
      [
        'poll_interval: 5m',
        'poll_timeout: 2m',
        'duration_buckets: [1m, 1h]',
        'counters: { hold_window: 0s }',
        'ledger: { url: "sqlite:/var/lib/runs.db" }',
        'openmetrics: { created: true }',
        'otlp: { enabled: true, endpoint: "https://collector.example:4318", protocol: grpc, interval: 30s, certificate_file: ca.pem, headers: { x-scope-orgid: a } }',
        acme(
          'id: first',
          'previous_names: [zero]',
          'expect: [{ job: "nightly-*", every: 1d }]',
          'state_map: { TIMED_OUT: timeout }',
          'labels: { team: analytics }',
          'steps: live',
        ),
      ].join('\n'),
      {},
      { '/etc/ca.pem': 'PEM' },
    );

    expect(config).toMatchObject({
      durationBuckets: [60, 3600],
      holdWindow: 0,
      ledgerUrl: 'sqlite:/var/lib/runs.db',
      created: true,
      otlp: {
        enabled: true,
        endpoint: 'https://collector.example:4318/',
        protocol: 'grpc',
        interval: 30,
        certificateFile: '/etc/ca.pem',
        headers: { 'x-scope-orgid': expect.any(Secret) as Secret },
      },
      targets: [
        {
          id: 'first',
          previousNames: ['zero'],
          pollInterval: 300,
          idlePollInterval: 300,
          pollTimeout: 120,
          expect: [{ job: 'nightly-*', workspace: '*', every: 86_400, grace: 0 }],
          stateMap: { TIMED_OUT: 'timeout' },
          labels: { team: 'analytics' },
          settings: { steps: 'live' },
        },
      ],
    });
  });

  it('may repeat itself by anchors, aliases and merge keys', () => {
    const config = load(
      [
        'targets:',
        '  - &first { name: a, vendor: acme, account: x, auth: { token: s3cret } }',
        '  - { <<: *first, name: b }',
      ].join('\n'),
    );

    expect(config.targets.map(({ name, settings }) => [name, settings['account']])).toEqual([
      ['a', 'x'],
      ['b', 'x'],
    ]);
  });

  it('polls idle targets slower only where that is configured, and never quicker than others', () => {
    const { targets } = load(`idle_poll_interval: 2m\n${acme('poll_interval: 5m')}`);

    expect(targets[0]).toMatchObject({ pollInterval: 300, idlePollInterval: 300 });
  });

  it('shortens a timeout that was not written for the interval', () => {
    const config = load(`poll_timeout: 50s\n${acme('poll_interval: 20s')}`);

    expect(config.targets[0]).toMatchObject({ pollInterval: 20, pollTimeout: 20 });
  });

  it('shows no secret, however it is printed', () => {
    const config = load(`otlp: { headers: { authorization: Bearer s3cret } }\n${acme()}`);

    const { token } = config.targets[0]!.settings['auth'] as { token: Secret };
    const header = config.otlp.headers['authorization']!;
    expect([token.reveal(), header.reveal()]).toEqual(['s3cret', 'Bearer s3cret']);
    for (const text of [inspect(config, { depth: 9, showHidden: true }), JSON.stringify(config), String(token)]) {
      expect(text).not.toContain('s3cret');
      expect(text).toContain('[redacted]');
    }
  });

  it('names all problems at once, in the order of the file', () => {
    const text = [
      'poll_intervall: 30s', //  1
      'duration_buckets: [1h, 30s]', // 2
      'otlp: { enabled: yes, client_key_file: key.pem }', // 3
      'targets:', //             4
      '  - name: a', //          5
      '    vendor: amce', //     6
      '    poll_interval: fast', //     7
      '  - name: a', //          8
      '    vendor: acme', //     9
      '    account: 000099', //  10
      '    stepps: true', //     11
      '    auth: { api_key_id: k, api_key_fil: /run/key }', // 12
      '  - name: u', //          13
      '    vendor: umbrella', // 14
      '    base_url: http://umbrella.example', // 15
      '    auth: { api_key_env: UNSET, encoding: rawe }', // 16
    ].join('\n');

    const problems = problemsOf(text);

    expect(problems).toEqual([
      'datajobs.yml:1:1: poll_intervall: unknown key; did you mean poll_interval?',
      'datajobs.yml:2:19: duration_buckets: expected rising durations above zero, each once',
      'datajobs.yml:3:18: otlp.enabled: expected true or false',
      "datajobs.yml:3:40: otlp.client_key_file: cannot be read (no such file); relative paths start at the config file's folder",
      'datajobs.yml:6:13: targets[0].vendor: expected acme or umbrella; did you mean acme?',
      'datajobs.yml:7:20: targets[0].poll_interval: expected a duration such as 30s, 5m or 1h30m',
      'datajobs.yml:8:11: targets[1].name: the name of targets[0] already; each needs its own',
      'datajobs.yml:10:14: targets[1].account: expected text; put it in quotes',
      'datajobs.yml:11:5: targets[1].stepps: unknown key; did you mean steps?',
      'datajobs.yml:12:28: targets[1].auth.api_key_fil: unknown key; did you mean api_key_file?',
      'datajobs.yml:15:15: targets[2].base_url: plain http to umbrella.example would send the credentials unencrypted; use https, or say allow_insecure: true',
      'datajobs.yml:16:26: targets[2].auth.api_key_env: the environment variable it names is not set or empty; set it, or use api_key_file',
      'datajobs.yml:16:43: targets[2].auth.encoding: expected raw or base64; did you mean raw?',
    ]);
  });

  it('names what is missing of the login that was begun', () => {
    const problems = problemsOf(target('vendor: acme', 'account: x', 'auth: { token_url: https://id.example }'));

    expect(problems).toEqual([
      'datajobs.yml:5:11: targets[0].auth.username: is missing; expected text',
      'datajobs.yml:5:11: targets[0].auth.password: is missing; give password_file, password_env or password',
      'datajobs.yml:5:11: targets[0].auth.client_id: is missing; expected text',
    ]);
  });

  it('says what to do where the file is missing', () => {
    const act = () => loadConfig('/nowhere.yml', { vendors: CONFIG_VENDORS, env: {}, files: createMemoryFiles({}) });

    expect(act).toThrow(
      new ConfigError([
        {
          place: '/nowhere.yml',
          message: 'cannot be read (no such file); name the configuration file with --config.file',
        },
      ]),
    );
  });
});

const ANYWHERE = 'targets: [{ name: a, vendor: acme, account: x, auth: { token: s } }]';

describe('one wrong configuration for each message', () => {
  it.each([
    ['nothing', '', '1:1: the file is empty; expected targets: and a list'],
    ['only a comment', '# later\n', '1:1: the file is empty; expected targets: and a list'],
    ['a list', '- a', '1:1: expected keys with values'],
    ['no targets', 'poll_interval: 1m', '1:1: targets: is missing; expected a list'],
    ['empty targets', 'targets:', '1:1: targets: is empty; expected a list'],
    ['a list of no targets', 'targets: []', '1:10: targets: expected at least one target'],
    ['a target without keys', 'targets: [7]', '1:11: targets[0]: expected keys with values'],
    ['a quote left open', 'targets: "a', '1:12: not valid YAML: Missing closing "quote'],
    ['a tab', 'targets:\n\t- name: a', '2:1: not valid YAML: Tabs are not allowed as indentation'],
    ['two documents', `${ANYWHERE}\n---\na: 1`, '2:1: not valid YAML: expected a single document, without ---'],
    ['a tag', 'targets: !!js/function 1', '1:10: not valid YAML: Unresolved tag: tag:yaml.org,2002:js/function'],
    ['an alias of nothing', 'targets: *x', '1:10: an alias without its anchor; write the &anchor before it'],
    ['an endless alias', 'targets: &a [*a]', '1:14: an alias inside of its own anchor; it would never end'],
    ['a list as a key', `? [a]\n: 1\n${ANYWHERE}`, '1:3: expected a plain key'],
    [
      'a key twice',
      `poll_interval: 1m\npoll_interval: 1m\n${ANYWHERE}`,
      '2:1: poll_interval: this key is given twice; keep one',
    ],
    [
      'a key far from any',
      `xyzzy: 1\n${ANYWHERE}`,
      '1:1: xyzzy: unknown key; expected poll_interval, idle_poll_interval, poll_timeout, duration_buckets, counters, ledger, openmetrics, otlp or targets',
    ],
    [
      'a key deep inside',
      `counters: { hold: 1m }\n${ANYWHERE}`,
      '1:13: counters.hold: unknown key; expected hold_window',
    ],
    [
      'a duration as a number',
      `poll_interval: 30\n${ANYWHERE}`,
      '1:16: poll_interval: expected a duration such as 30s, 5m or 1h30m',
    ],
    [
      'an idle interval shorter than the usual one',
      `idle_poll_interval: 30s\n${ANYWHERE}`,
      '1:21: idle_poll_interval: shorter than the poll interval of 1m; lengthen it, or leave it out',
    ],
    ['too short an interval', `poll_interval: 10ms\n${ANYWHERE}`, '1:16: poll_interval: expected at least 1s'],
    [
      'a timeout over the interval',
      `poll_timeout: 2m\n${ANYWHERE}`,
      '1:15: poll_timeout: longer than the poll interval of 1m; shorten it, or poll less often',
    ],
    [
      'a bucket twice',
      `duration_buckets: [1m, 60s]\n${ANYWHERE}`,
      '1:19: duration_buckets: expected rising durations above zero, each once',
    ],
    [
      'a bucket of nothing',
      `duration_buckets: [0s, 60s]\n${ANYWHERE}`,
      '1:19: duration_buckets: expected rising durations above zero, each once',
    ],
    [
      'another ledger',
      `ledger: { url: "postgres://db/x" }\n${ANYWHERE}`,
      '1:16: ledger.url: a ledger in PostgreSQL is not supported yet; use sqlite:FILE',
    ],
    [
      'an unknown ledger',
      `ledger: { url: datajobs.db }\n${ANYWHERE}`,
      '1:16: ledger.url: expected sqlite:FILE, such as sqlite:datajobs.db',
    ],
    [
      'an unknown protocol',
      `otlp: { protocol: http }\n${ANYWHERE}`,
      '1:19: otlp.protocol: expected http/protobuf, http/json or grpc',
    ],
    [
      'credentials in a URL',
      `otlp: { endpoint: "https://me:pass@x" }\n${ANYWHERE}`,
      '1:19: otlp.endpoint: expected a URL such as https://api.example.com, without credentials or query',
    ],
    ['a mistyped name', acme().replace('name', 'nmae'), '2:5: targets[0].nmae: unknown key; did you mean name?'],
    [
      'a mistyped vendor',
      'targets: [{ name: a, vendr: acme, account: x, auth: { token: s } }]',
      '1:22: targets[0].vendr: unknown key; did you mean vendor?',
    ],
    ['no vendor', target('account: x'), '2:5: targets[0].vendor: is missing; expected acme or umbrella'],
    [
      'no name',
      'targets: [{ vendor: acme, account: x, auth: { token: s } }]',
      '1:11: targets[0].name: is missing; expected text',
    ],
    ['an empty name', acme().replace('name: a', "name: ''"), '2:11: targets[0].name: is empty'],
    [
      'no login',
      target('vendor: acme', 'account: x'),
      '2:5: targets[0].auth: is missing; expected api_key_id and api_key_file (or _env); or username, client_id and password_file (or _env); or token_file (or _env)',
    ],
    [
      'half a login',
      target('vendor: acme', 'account: x', 'auth: { username: me, client_id: c }'),
      '5:11: targets[0].auth.password: is missing; give password_file, password_env or password',
    ],
    [
      'two logins',
      target('vendor: acme', 'account: x', 'auth: { token: s, api_key_id: k }'),
      '5:23: targets[0].auth.api_key_id: does not go with the keys beside it; keep one way of writing this',
    ],
    ['an unknown choice', acme('steps: some'), '6:12: targets[0].steps: expected true or false or live'],
    [
      "a vendor's own rule",
      target('vendor: umbrella', 'base_url: https://x.example', 'auth: { api_key: s }'),
      '2:5: targets[0].projects: is missing; name at least one project',
    ],
    [
      'an unknown meaning',
      acme('state_map: { X: sucess }'),
      '6:21: targets[0].state_map.X: expected pending, executing, idle, paused, unknown, success, failure, error, timeout, cancellation or skip; did you mean success?',
    ],
    [
      'a label of ours',
      acme('labels: { vendor: x }'),
      '6:15: targets[0].labels.vendor: is not usable as a label; expected letters, digits and _, and neither vendor nor target',
    ],
    [
      'a label that is no text',
      acme('labels: { team: 7 }'),
      '6:21: targets[0].labels.team: expected text; put it in quotes',
    ],
    ['a limit of nothing', acme('max_jobs: 0'), '6:15: targets[0].max_jobs: expected at least 1'],
    ['part of a job', acme('max_jobs: 1.5'), '6:15: targets[0].max_jobs: expected a whole number'],
    [
      'an expectation without rhythm',
      acme('expect: [{ job: x }]'),
      '6:14: targets[0].expect[0].every: is missing; expected a duration such as 30s, 5m or 1h30m',
    ],
    [
      'plain http',
      acme('base_url: http://10.0.0.1'),
      '6:15: targets[0].base_url: plain http to 10.0.0.1 would send the credentials unencrypted; use https, or say allow_insecure: true',
    ],
    [
      'plain http for tokens',
      target(
        'vendor: acme',
        'account: x',
        'auth: { username: u, client_id: c, password: p, token_url: "http://id.example" }',
      ),
      '5:64: targets[0].auth.token_url: plain http to id.example would send the credentials unencrypted; use https, or say allow_insecure: true',
    ],
  ])('%s', (_name, text, problem) => {
    const problems = problemsOf(text);

    expect(problems).toEqual([`datajobs.yml:${problem}`]);
  });

  it.each(['http://127.0.0.1:8080', 'http://localhost', 'http://[::1]:1'])('lets plain http to %s pass', (url) => {
    const problems = problemsOf(acme(`base_url: "${url}"`));

    expect(problems).toEqual([]);
  });

  it('lets plain http pass where the target allows it', () => {
    const problems = problemsOf(acme('base_url: http://10.0.0.1', 'allow_insecure: true'));

    expect(problems).toEqual([]);
  });
});

describe('names and ids', () => {
  const two = (first: string, second: string): string =>
    `targets:\n${[first, second].map((keys) => `  - { ${keys}, vendor: acme, account: x, auth: { token: s } }`).join('\n')}`;

  it.each([
    [
      'a name twice',
      two('name: a', 'name: a'),
      ['3:13: targets[1].name: the name of targets[0] already; each needs its own'],
    ],
    [
      'an id twice',
      two('name: a, id: x', 'name: b, id: x'),
      ['3:20: targets[1].id: the id of targets[0] already; each needs its own'],
    ],
    [
      'a name that is an id',
      two('name: a, id: b', 'name: b'),
      ['3:13: targets[1].name: the id of targets[0] already; each needs its own'],
    ],
    [
      'a previous name in use',
      two('name: a', 'name: b, previous_names: [a]'),
      ['3:33: targets[1].previous_names[0]: an id of targets[0] already; each needs its own'],
    ],
    [
      'a name twice with ids of their own',
      two('name: a, id: x', 'name: a, id: y'),
      ['3:13: targets[1].name: the name of targets[0] already; each needs its own'],
    ],
  ])('refuses %s', (_name, text, expected) => {
    const problems = problemsOf(text);

    expect(problems).toEqual(expected.map((problem) => `datajobs.yml:${problem}`));
  });
});
