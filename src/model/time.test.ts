import { assert, constantFrom, date as anyDate, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIsoDuration, parseTimedelta, parseTimestamp } from './time.ts';

describe('parseTimestamp', () => {
  it.each([
    ['2024-10-24T15:10:06Z', 1_729_782_606],
    ['2024-10-24T15:10:06.223303', 1_729_782_606.223303],
    ['2024-10-24T15:10:06.2233039Z', 1_729_782_606.223303],
    ['2024-10-24 15:10:06', 1_729_782_606],
    ['2024-10-24T15:10Z', 1_729_782_600],
    ['2024-10-24', 1_729_728_000],
    ['2020-12-30T11:30:07.960767+00:00', 1_609_327_807.960767],
    ['2020-12-30T13:30:07+0200', 1_609_327_807],
    ['2020-12-30T09:30:07-02:00', 1_609_327_807],
    [' 2024-10-24T15:10:06z ', 1_729_782_606],
  ])('reads %j', (text, expected) => {
    const instant = parseTimestamp(text);

    expect(instant).toBe(expected);
  });

  it.each([
    '',
    'yesterday',
    '2024-08-01TXX:XX:XX.XXXXXXX',
    'YYYY-MM-DDTHH:MM:SSZ',
    '2024-13-01T00:00:00Z',
    '2024-10-24T25:00:00Z',
    '2024-10-24T15:60:00Z',
    '2024-10-24T15:10:06+25:00',
    '2024-10-24T15:10:06Z and more',
    '24-10-2024T15:10:06Z',
  ])('refuses %j', (text) => {
    const instant = parseTimestamp(text);

    expect(instant).toBeNull();
  });

  it('agrees with ECMAScript on every instant', () => {
    const dates = anyDate({ min: new Date('1950-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });

    assert(
      property(dates, constantFrom('Z', 'z', '+00:00', '+0000', ''), (date, zone) => {
        const text = date.toISOString().replace('Z', zone);

        expect(parseTimestamp(text)).toBeCloseTo(date.getTime() / 1000, 3);
      }),
    );
  });
});

describe('parseIsoDuration', () => {
  it.each([
    ['PT1M', 60],
    ['PT1H2M3.5S', 3723.5],
    ['P1DT2H', 93_600],
    ['P2W', 1_209_600],
    ['PT0S', 0],
    [' pt5s ', 5],
    ['P', null],
    ['PT', null],
    ['P1DT', null],
    ['P1Y', null],
    ['P1M', null],
    ['PT1..5S', null],
    ['1M', null],
  ])('makes %j %j', (text, expected) => {
    const duration = parseIsoDuration(text);

    expect(duration).toBe(expected);
  });
});

describe('parseTimedelta', () => {
  it.each([
    ['0:01:24.002519', 84.002519],
    ['1 day, 0:00:01', 86_401],
    ['2 days, 3:04:05.5', 183_845.5],
    ['-1 day, 23:59:59', null],
    ['1:60:00', null],
    ['', null],
  ])('makes %j %j', (text, expected) => {
    const duration = parseTimedelta(text);

    expect(duration).toBe(expected);
  });
});
