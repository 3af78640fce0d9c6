import { assert, constantFrom, date as anyDate, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDuration, parseIsoDuration, parseTimedelta, parseTimestamp } from './time.ts';

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
    // Zones.
    ['2020-12-30T11:30:07+00', 1_609_327_807],
    ['2020-12-30T13:30:07+02', 1_609_327_807],
    ['2020-12-30T09:30:07\u221202:00', 1_609_327_807],
    ['2020-12-30 11:30:07 UTC', 1_609_327_807],
    ['2020-12-30 11:30:07 +0000', 1_609_327_807],
    ['2020-12-30T17:00:07+05:30', 1_609_327_807],
    ['2020-12-30T11:30:07-00:00', 1_609_327_807],
    // Fractions after a comma, and of what is smallest.
    ['2020-12-30T11:30:07,960767+00', 1_609_327_807.960767],
    ['2020-12-30T11:30:07,5Z', 1_609_327_807.5],
    ['2020-12-30T11:30.5Z', 1_609_327_830],
    ['2020-12-30T11,25Z', 1_609_326_900],
    // The basic form, hours alone, ordinal and week dates.
    ['20201230T113007Z', 1_609_327_807],
    ['20201230T1130', 1_609_327_800],
    ['20201230', 1_609_286_400],
    ['2020-12-30T11Z', 1_609_326_000],
    ['2020-365T11:30:07Z', 1_609_327_807],
    ['2020365T113007Z', 1_609_327_807],
    ['2024-366', 1_735_603_200],
    ['2020-W53-3T11:30:07Z', 1_609_327_807],
    ['2020W533T113007Z', 1_609_327_807],
    ['2021-W01-1', 1_609_718_400],
    ['2019-W01-1', 1_546_214_400],
    // The end of a day, a leap second, a leap day.
    ['2020-12-30T24:00:00Z', 1_609_372_800],
    ['2020-12-30T24:00', 1_609_372_800],
    ['2016-12-31T23:59:60Z', 1_483_228_800],
    ['2024-02-29T00:00:00Z', 1_709_164_800],
    // What programs write for "none".
    ['1970-01-01T00:00:00Z', 0],
    ['0001-01-01T00:00:00Z', -62_135_596_800],
    ['1900-01-01T00:00:00', -2_208_988_800],
    ['9999-12-31T23:59:59Z', 253_402_300_799],
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
    '2024-02-31T00:00:00Z',
    '2023-02-29T00:00:00Z',
    '2024-00-10',
    '2024-10-00',
    '2023-366',
    '2024-000',
    '2024-367',
    '2024-W00-1',
    '2024-W53-1',
    '2024-W54-1',
    '2024-W10-8',
    '2024-10',
    '2024',
    '24:00:01',
    '2024-10-24T24:00:01Z',
    '2024-10-24T24:01Z',
    '2024-10-24T15:10:61Z',
    '2024-10-24T15:10:06+2',
    '2024-10-24T15:10:06+02:60',
    '2024-10-24T15:10:06 CET',
    '2024-10-24T15:10:06.Z',
    '2024-10-24T15:10:06Z[UTC]',
    '24/10/2024 15:10',
    '10/24/2024',
    '1729782606',
    '1729782606.5',
    '1729782606123',
    '2024-10-24T3:10:06Z',
    '2024-10-24T٣٣:10:06Z',
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
    ['P1DT', null],
    ['P0Y0M0DT1M30S', 90],
    ['P0Y0M0DT0H0M0.0S', 0],
    ['PT0,5S', 0.5],
    ['PT1.5M', 90],
    ['PT16.123456789S', 16.123456789],
    ['P1DT3600.5S', 90_000.5],
    ['PT90M', 5400],
    ['-PT5S', null],
    ['PT-5S', null],
    ['P0Y1M', null],
    ['PT', null],
    ['P1H', null],
    ['PT1S1M', null],
    ['PT5', null],
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
    ['0 days 00:01:30', 90],
    ['1 days 00:00:01.5', 86_401.5],
    ['0:01:24,5', 84.5],
    ['+0:00:05', 5],
    ['26:00:00', 93_600],
    ['-1 day, 23:59:59', null],
    ['-1 days +23:59:59', null],
    ['-0:00:05', null],
    ['1:60:00', null],
    ['0:00:60', null],
    ['01:30', null],
    ['90', null],
    ['90s', null],
    ['', null],
  ])('makes %j %j', (text, expected) => {
    const duration = parseTimedelta(text);

    expect(duration).toBe(expected);
  });
});

describe('parseDuration', () => {
  it.each([
    ['PT1M', 60],
    ['0:01:00', 60],
    ['1 minute', null],
    ['60', null],
  ])('makes %j %j', (text, expected) => {
    const duration = parseDuration(text);

    expect(duration).toBe(expected);
  });
});
