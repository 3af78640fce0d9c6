import { expect, it } from 'vitest';
import { joinReadings } from './join-readings.ts';

it("makes one row of what several queries say of a job, with each query's value", () => {
  const rows = joinReadings([
    {
      refId: 'A',
      readings: [
        { labels: { job_name: 'a', result: 'success' }, value: 1 },
        { labels: { job_name: 'b', result: 'failure' }, value: 2 },
      ],
    },
    { refId: 'B', readings: [{ labels: { job_name: 'b' }, value: 3 }] },
    { refId: 'C', readings: [] },
  ]);

  expect(rows).toEqual([
    { job_name: 'a', result: 'success', 'Value #A': 1 },
    { job_name: 'b', result: 'failure', 'Value #A': 2, 'Value #B': 3 },
  ]);
});

it('calls the value of a single query by no letter', () => {
  const rows = joinReadings([{ refId: 'A', readings: [{ labels: { job_name: 'a' }, value: 1 }] }]);

  expect(rows).toEqual([{ job_name: 'a', Value: 1 }]);
});
