import type { Format } from './format.ts';

interface Preference {
  readonly name: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

/**
 * The format that a request's `Accept` asks for most; the first named of equals. Text where nothing fits: a scrape
 * is never answered 406. `escaping` and other parameters make no difference, because every name here is a plain one.
 *
 * @see https://prometheus.io/docs/instrumenting/content_negotiation/ (read 2026-11-22)
 */
export function negotiateFormat(accept: string | undefined): Format {
  let best: Format = 'text';
  let bestQuality = 0;
  for (const preference of parsePreferences(accept)) {
    const format = toFormat(preference);
    if (format !== null && preference.quality > bestQuality) {
      best = format;
      bestQuality = preference.quality;
    }
  }
  return best;
}

/** True if a request's `Accept-Encoding` takes gzip: named with a quality above 0, or by `*` and not refused. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const codings = new Map(parsePreferences(acceptEncoding).map(({ name, quality }) => [name, quality]));
  return (codings.get('gzip') ?? codings.get('*') ?? 0) > 0;
}

function toFormat({ name, parameters }: Preference): Format | null {
  const version = parameters.get('version');
  if (name === 'application/openmetrics-text')
    return version === undefined || version === '1.0.0' ? 'openmetrics' : null;
  if (name === 'text/plain') return version === undefined || version === '0.0.4' ? 'text' : null;
  return name === 'text/*' || name === '*/*' ? 'text' : null;
}

function parsePreferences(header = ''): Preference[] {
  return header.split(',').map((entry) => {
    const [name = '', ...rest] = entry.split(';').map((part) => part.trim().toLowerCase());
    const parameters = new Map(
      rest.map((parameter): [string, string] => {
        const [key = '', value = ''] = parameter.split('=').map((side) => side.trim());
        return [key, value.replace(/^"(.*)"$/, '$1')];
      }),
    );
    const quality = Number(parameters.get('q') ?? 1);
    return { name, parameters, quality: Number.isNaN(quality) ? 0 : quality };
  });
}
