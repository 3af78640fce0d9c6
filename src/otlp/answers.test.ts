import { describe, expect, it } from 'vitest';
import { encodePartialSuccess } from '../../test/support/otlp/decode-request.ts';
import { clean, readRefusal, readResponse } from './answers.ts';

const PROTOBUF = 'application/x-protobuf';
const JSON_TYPE = 'application/json';

describe('an answer with a good status', () => {
  it.each([
    ['an empty body', '', ''],
    ['an empty body that calls itself text', '', 'text/plain'],
    ['an empty message in JSON', '{}', JSON_TYPE],
    ['an empty message in JSON that calls itself text', ' {}\n', 'text/plain; charset=utf-8'],
    ['an empty partial success', '{"partialSuccess":{}}', JSON_TYPE],
    ['a partial success of nothing', '{"partialSuccess":{"rejectedDataPoints":"0"}}', JSON_TYPE],
    ['no partial success', '{"partialSuccess":null}', JSON_TYPE],
  ])('takes everything: %s', (_what, body, contentType) => {
    expect(readResponse(Buffer.from(body), contentType)).toBeNull();
  });

  it.each([
    ['protobuf', encodePartialSuccess(3, 'out of\norder'), PROTOBUF],
    ['JSON', Buffer.from('{"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"out of\\norder"}}'), JSON_TYPE],
    [
      'names as in protobuf',
      Buffer.from('{"partial_success":{"rejected_data_points":3,"error_message":"out of order"}}'),
      JSON_TYPE,
    ],
    ['protobuf of unknown type', encodePartialSuccess(3, 'out of order'), ''],
  ])('takes a part: %s', (_what, body, contentType) => {
    expect(readResponse(body, contentType)).toEqual({ rejectedPoints: 3, message: 'out of order' });
  });

  it.each([
    ['a login page', '<!doctype html><html>Sign in</html>', 'text/html'],
    ['a login page that does not say so', '<html>Sign in</html>', ''],
    ['plain text', 'OK', 'text/plain'],
    ['plain text that does not say so', 'OK', ''],
    ['JSON of something else', '{"status":"ok"}', JSON_TYPE],
    ['JSON of a failure', '{"partialSuccess":{},"error":"no"}', JSON_TYPE],
    ['a list', '[]', JSON_TYPE],
    ['half a message', '{"partialSuccess":', JSON_TYPE],
  ])('is not one of a receiver: %s', (_what, body, contentType) => {
    expect(() => readResponse(Buffer.from(body), contentType)).toThrow('no OTLP answer');
  });
});

describe('the words of a receiver that refuses', () => {
  it.each([
    [
      'a status in protobuf',
      Buffer.concat([Buffer.from([0x08, 3, 0x12, 8]), Buffer.from('too many')]),
      PROTOBUF,
      'too many',
    ],
    ['a status in JSON', Buffer.from('{"code":3,"message":"too many"}'), JSON_TYPE, 'too many'],
    ['an error in JSON', Buffer.from('{"error":"too many"}'), JSON_TYPE, 'too many'],
    ['an error in an object', Buffer.from('{"error":{"message":"too many"}}'), JSON_TYPE, 'too many'],
    ['plain text', Buffer.from('too\r\n many\n'), 'text/plain', 'too many'],
    ['a page for people', Buffer.from('<html>too many</html>'), 'text/html', ''],
    ['a page that does not say so', Buffer.from('<html>too many</html>'), '', ''],
    ['other JSON', Buffer.from('{"a":1}'), JSON_TYPE, ''],
    ['broken protobuf', Buffer.from([0xff, 0xff]), PROTOBUF, ''],
    ['nothing', Buffer.alloc(0), '', ''],
  ])('are those of %s', (_what, body, contentType, words) => {
    expect(readRefusal(body, contentType, [])).toBe(words);
  });

  it('are left out where they repeat what was sent', () => {
    const body = Buffer.from('no such token: s3cret-token');

    expect(readRefusal(body, 'text/plain', ['Bearer s3cret-token'])).toBe('');
  });

  it('are short, on one line and without control characters', () => {
    expect(clean(`a\u0000b\u001b[31m\u009bc\u202e\nd${'x'.repeat(1000)}`)).toMatch(/^a b \[31m c dx+$/);
    expect(clean('x'.repeat(1000))).toHaveLength(200);
  });

  it('are read of a long status', () => {
    const text = Buffer.from('x'.repeat(300));
    const body = Buffer.concat([Buffer.from([0x12, 0xac, 0x02]), text]);

    expect(readRefusal(body, PROTOBUF, [])).toBe('x'.repeat(200));
  });
});
