import { expect, test } from 'vitest';
import { START } from '../../test/support/http/http-options.ts';
import { parsePause } from './parse-pause.ts';

test.each([
  [{ 'retry-after': '7' }, 7],
  [{ 'retry-after': '7', ratelimit: '"a";r=0;t=50' }, 7],
  [{ ratelimit: '"a";r=0;t=50' }, 50],
  [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(START + 90) }, 90],
  [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(START - 90) }, null],
  [{ 'retry-after': '0', ratelimit: '"a";r=0;t=50' }, 50],
  [{ 'retry-after': 'Sat, 21 Nov 2026 08:00:30 GMT', date: 'Sat, 21 Nov 2026 08:00:00 GMT' }, 30],
  [{ ratelimit: '"a";r=0;t=86400' }, 3600],
  [{ ratelimit: '"a";r=0' }, null],
  [{ ratelimit: '"a";r=4999;t=3300' }, null],
  [{}, null],
])('takes %j for %j seconds', (headers, expected) => {
  expect(parsePause(headers, START)).toBe(expected);
});
