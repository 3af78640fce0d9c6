import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { VENDORS } from '../vendors/registry.ts';
import { loadPlan } from './simulate-plan.ts';

const folder = mkdtempSync(join(tmpdir(), 'datajobs-plan-'));
const file = join(folder, 'plan.yml');
afterAll(() => rmSync(folder, { recursive: true }));

function load(text: string): ReturnType<typeof loadPlan> {
  writeFileSync(file, text);
  return loadPlan(
    file,
    VENDORS.map(({ id }) => id),
  );
}

const SMALL = `history: 1h
jobs:
  - vendor: snowplow
    name: Attribution
    kind: data_model
    workspace: com.acme-prod1
    every: 5m
    duration: [20, 1m30s]
`;

it('reads a plan; times are seconds or durations, and what may be left out is', () => {
  const plan = load(`${SMALL}    phase: 0\n    steps: [clone, { name: run, after: [clone] }]\n`);

  expect(plan).toEqual({
    history: 3600,
    jobs: [
      {
        vendor: 'snowplow',
        name: 'Attribution',
        kind: 'data_model',
        workspace: 'com.acme-prod1',
        every: 300,
        queue: [0, 0],
        duration: [20, 90],
        results: { success: 1 },
        phase: 0,
        steps: ['clone', { name: 'run', after: ['clone'] }],
      },
    ],
  });
});

it('reads the same as JSON, and begins with the present unless told of a past', () => {
  const { jobs } = load(SMALL);

  expect(load(JSON.stringify({ jobs }))).toEqual({ history: 0, jobs });
});

it.each([
  ['', '1:1: the file is empty; expected jobs: and a list'],
  ['jobs: []', '1:7: jobs: expected at least 1 of them'],
  [SMALL.replace('every', 'evry'), '7:5: jobs[0].evry: unknown key; did you mean every?'],
  [
    SMALL.replace('snowplow', 'snowplough'),
    '3:13: jobs[0].vendor: expected snowplow, adverity, matatika, polaris or tailer; did you mean snowplow?',
  ],
  [
    SMALL.replace('5m', 'often'),
    '7:12: jobs[0].every: expected a number of seconds, or a duration such as 30s, 5m or 1h30m',
  ],
  [
    SMALL.replace('[20, 1m30s]', '20'),
    '8:15: jobs[0].duration: expected the shortest and the longest of them, such as [30s, 5m]',
  ],
  [SMALL.replace('20', '2m'), '8:15: jobs[0].duration: expected 0 <= shortest <= longest, not 120 and 90'],
  [
    `${SMALL}    results: { error: 1 }`,
    '9:14: jobs[0].results: snowplow has no error; expected success, failure, skip',
  ],
  [`${SMALL}    phase: 1\n    phase: 2`, '10:5: jobs[0].phase: this key is given twice; keep one'],
])('refuses %j, naming place and remedy', (text, problem) => {
  expect(() => load(text)).toThrow(`${file}:${problem}`);
});

it('names every problem in the order of the file', () => {
  const text = `${SMALL.replace('5m', '0')}    pausedPercent: 300\n    results: { success: 0 }`;

  const refused = (): unknown => load(text);

  expect(refused).toThrow(
    [
      `${file}:7:12: jobs[0].every: expected more than 0 s`,
      `${file}:9:20: jobs[0].pausedPercent: expected 0 to 100`,
      `${file}:9:20: jobs[0].pausedPercent: expected less than 100 together with idlePercent`,
      `${file}:10:14: jobs[0].results: expected a weight above 0`,
    ].join('\n'),
  );
});

it('says how to name a file that is not there', () => {
  expect(() => loadPlan(join(folder, 'nowhere.yml'), [])).toThrow(
    "nowhere.yml: cannot be read (no such file); name the plan's file with --plan",
  );
});
