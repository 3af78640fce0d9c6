import { describe, expect, it } from 'vitest';
import { acceptsGzip, negotiateFormat } from './negotiate.ts';

/** The `Accept` header that Prometheus 3.5 sends by default. */
const PROMETHEUS =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,' +
  'application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,' +
  'text/plain;version=0.0.4;q=0.2,*/*;q=0.1';

describe('the format', () => {
  it.each([
    ['Prometheus 3.5', PROMETHEUS, 'openmetrics'],
    ['a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text'],
    ['no header', undefined, 'text'],
    ['an empty header', '', 'text'],
    ['protobuf only', 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily', 'text'],
    [
      'protobuf first',
      'application/vnd.google.protobuf;q=0.9,application/openmetrics-text;q=0.8,*/*;q=0.1',
      'openmetrics',
    ],
    ['text preferred', 'application/openmetrics-text;q=0.3,text/plain;q=0.7', 'text'],
    ['OpenMetrics refused', 'application/openmetrics-text;q=0,*/*;q=0.1', 'text'],
    ['an OpenMetrics version that nobody writes here', 'application/openmetrics-text;version=2.0.0', 'text'],
    [
      'quotes, capitals and blanks',
      'Application/OpenMetrics-Text ; Version="1.0.0" ; Q=0.9 , */* ; q=0.1',
      'openmetrics',
    ],
    ['equal wishes, text first', 'text/plain,application/openmetrics-text', 'text'],
    ['a quality that is no number', 'application/openmetrics-text;q=high', 'text'],
  ])('for %s', (_, accept, format) => {
    expect(negotiateFormat(accept)).toBe(format);
  });
});

describe('gzip', () => {
  it.each([
    ['gzip', true],
    ['gzip, deflate, br', true],
    ['br;q=1, GZIP;q=0.2', true],
    ['*', true],
    ['*, gzip;q=0', false],
    ['gzip;q=0', false],
    ['identity', false],
    ['', false],
    [undefined, false],
  ])('for "%s" is %s', (acceptEncoding, accepted) => {
    expect(acceptsGzip(acceptEncoding)).toBe(accepted);
  });
});
