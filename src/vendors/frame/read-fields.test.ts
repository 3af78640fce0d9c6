import { describe, expect, it } from 'vitest';
import { type Seconds, seconds, unixSeconds } from '../../model/time.ts';
import { createFieldReader, fieldOf, type FieldReader } from './read-fields.ts';

/** 2026-11-22T08:00:00Z */
const NOW = unixSeconds(Date.UTC(2026, 10, 22, 8) / 1000);

type Kind = Exclude<keyof FieldReader, 'unreadable' | 'word'>;

/** The value of one field, and what is reported of it; null: nothing. */
function read(kind: Kind, value: unknown): { readonly value: unknown; readonly problem: string | null } {
  const fields = createFieldReader(NOW);
  const result = fields[kind]('field', value);
  return { value: result, problem: fields.unreadable()[0]?.problem ?? null };
}

const taken = (value: unknown): object => ({ value, problem: null });
const refused = (problem: string): object => ({ value: null, problem });
const text = (ahead: number): string => new Date((NOW + ahead) * 1000).toISOString();

const KINDS: readonly Kind[] = ['instant', 'schedule', 'duration', 'text', 'number', 'part'];

describe('what is not there', () => {
  it.each(KINDS.flatMap((kind) => [undefined, null, ''].map((value) => [kind, value] as const)))(
    'is absent, and nothing is told of it: %s %j',
    (kind, value) => {
      expect(read(kind, value)).toEqual(taken(null));
    },
  );
});

describe('a value of another type', () => {
  it.each([
    ['instant', 1_795_334_400, 'expected an ISO 8601 time, got a number'],
    ['instant', true, 'expected an ISO 8601 time, got true or false'],
    ['instant', { seconds: 5 }, 'expected an ISO 8601 time, got an object'],
    ['schedule', [2026, 11, 22], 'expected an ISO 8601 time, got a list'],
    ['duration', 90, 'expected a duration, got a number'],
    ['text', 7, 'expected text, got a number'],
    ['text', { name: 'x' }, 'expected text, got an object'],
    ['number', '7', 'expected a number, got text like 9'],
    ['number', Number.NaN, 'expected a number, got a number'],
    ['number', Number.POSITIVE_INFINITY, 'expected a number, got a number'],
  ] as const)('is absent and told: %s %j', (kind, value, problem) => {
    expect(read(kind, value)).toEqual(refused(problem));
  });
});

describe('a time', () => {
  it.each([
    '2026-11-22T07:00:00Z',
    '2026-11-22T07:00:00',
    '2026-11-22T08:00:00+01',
    '2026-11-22T07:00:00,000000Z',
    '20261122T070000Z',
    '2026-326T07:00:00Z',
    '2026-W47-7T07:00Z',
    '2026-11-22 07',
  ])('is read in each form that needs no guess: %s', (form) => {
    expect(read('instant', form)).toEqual(taken(NOW - 3600));
  });

  it.each([
    ['22/11/2026 07:00', 'text like 99/99/9999 99:99'],
    ['Sun, 22 Nov 2026 07:00:00 GMT', 'text like aaa, 99 aaa 9999 99:99:99 aaa'],
    ['2026-02-31T07:00:00Z', 'text like 9999-99-99a99:99:99a'],
    ['1795334400', 'text like 9999999999'],
    ['heute', 'text like aaaaa'],
  ])('in another form is absent, and the form is told: %s', (form, shown) => {
    expect(read('instant', form)).toEqual(refused(`expected an ISO 8601 time, got ${shown}`));
  });

  it('shows no letter and no digit of a value, and nothing beyond its first 40 characters', () => {
    const { problem } = read('instant', `Ada Löwe\u0000\u202e, ${'x'.repeat(1000)}`);

    expect(problem).toBe(`expected an ISO 8601 time, got text like aaa aaaa??, ${'a'.repeat(28)}`);
  });

  it.each(['0001-01-01T00:00:00Z', '1900-01-01T00:00:00Z', '1970-01-01T00:00:00Z', '1999-12-31T23:59:59Z'])(
    'of before 2000 stands for none: %s',
    (zero) => {
      expect(read('instant', zero)).toEqual(refused('a time before 2000, which stands for none'));
      expect(read('schedule', zero)).toEqual(refused('a time before 2000, which stands for none'));
    },
  );

  it.each([0, 5 * 60])('a little ahead is one of a clock that differs: %d s', (ahead) => {
    expect(read('instant', text(ahead))).toEqual(taken(NOW + ahead));
  });

  it.each([5 * 60 + 1, 2 * 86_400])('further ahead is taken and told: %d s', (ahead) => {
    const problem = "a time in the future; check this machine's clock";

    expect(read('instant', text(ahead))).toEqual({ value: NOW + ahead, problem });
  });

  it.each([text(2 * 86_400 + 1), '2150-01-01T00:00:00Z', '9999-12-31T23:59:59Z'])(
    'too far ahead is absent: %s',
    (time) => {
      expect(read('instant', time)).toEqual(refused('a time too far in the future'));
    },
  );
});

describe('a schedule', () => {
  it.each([7 * 86_400, 400 * 86_400])('may lie a year ahead, of which nothing is told: %d s', (ahead) => {
    expect(read('schedule', text(ahead))).toEqual(taken(NOW + ahead));
  });

  it.each([text(400 * 86_400 + 1), '9999-12-31T23:59:59Z'])('too far ahead is absent: %s', (time) => {
    expect(read('schedule', time)).toEqual(refused('a time too far in the future'));
  });
});

describe('a duration', () => {
  it.each<[string, Seconds]>([
    ['PT1M30S', seconds(90)],
    ['PT90,5S', seconds(90.5)],
    ['P0Y0M0DT1M30S', seconds(90)],
    ['0 days 00:01:30', seconds(90)],
    ['0:01:30.5', seconds(90.5)],
    ['1 day, 0:00:01', seconds(86_401)],
    ['PT0S', seconds(0)],
  ])('is read in ISO 8601 and as Python writes it: %s', (form, expected) => {
    expect(read('duration', form)).toEqual(taken(expected));
  });

  it.each([
    ['P1M', 'text like a9a'],
    ['-1 day, 23:59:59', 'text like -9 aaa, 99:99:99'],
    ['-PT5S', 'text like -aa9a'],
    ['90s', 'text like 99a'],
    ['90', 'text like 99'],
  ])('in another form, or a negative one, is absent: %s', (form, shown) => {
    expect(read('duration', form)).toEqual(refused(`expected a duration, got ${shown}`));
  });
});

describe('a text and a number', () => {
  it('are taken as they are', () => {
    expect([read('text', 'Orders'), read('number', 0), read('number', -1.5)]).toEqual([
      taken('Orders'),
      taken(0),
      taken(-1.5),
    ]);
  });
});

it('tells all fields of a record that could not be read, in order', () => {
  const fields = createFieldReader(NOW);

  fields.instant('startTime', 'soon');
  fields.text('name', 'Orders');
  fields.number('exitCode', 'none');

  expect(fields.unreadable().map(({ field }) => field)).toEqual(['startTime', 'exitCode']);
});

it('finds no field in what is no object', () => {
  expect([fieldOf({ name: 'x' }, 'name'), fieldOf('x', 'length'), fieldOf(null, 'name'), fieldOf({}, 'name')]).toEqual([
    'x',
    undefined,
    undefined,
    undefined,
  ]);
});
