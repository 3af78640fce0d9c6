/** Values in Grafana's units, as far as the dashboards use them. */

interface Scale {
  readonly from: number;
  readonly divisor: number;
  readonly word: string;
}

const DURATIONS: readonly Scale[] = [
  { from: 31_536_000, divisor: 31_536_000, word: ' years' },
  { from: 604_800, divisor: 604_800, word: ' weeks' },
  { from: 86_400, divisor: 86_400, word: ' days' },
  { from: 3600, divisor: 3600, word: ' hours' },
  { from: 60, divisor: 60, word: ' mins' },
  { from: 1, divisor: 1, word: ' s' },
  { from: 1e-3, divisor: 1e-3, word: ' ms' },
  { from: 1e-6, divisor: 1e-6, word: ' µs' },
];
const SHORT = powers(1000, ['', ' K', ' Mil', ' Bil', ' Tri']);
const BYTES = powers(1024, [' B', ' KiB', ' MiB', ' GiB', ' TiB']);
const AGO: readonly Scale[] = [
  { from: 86_400 * 1.5, divisor: 86_400, word: ' days' },
  { from: 79_200, divisor: 0, word: 'a day' },
  { from: 5400, divisor: 3600, word: ' hours' },
  { from: 2700, divisor: 0, word: 'an hour' },
  { from: 90, divisor: 60, word: ' minutes' },
  { from: 45, divisor: 0, word: 'a minute' },
  { from: 0, divisor: 0, word: 'a few seconds' },
];

function powers(base: number, words: readonly string[]): readonly Scale[] {
  return words
    .map((word, power) => ({ from: power === 0 ? 0 : base ** power, divisor: base ** power, word }))
    .reverse();
}

/** As many digits as three significant ones need, without zeros at the end. */
function digits(value: number, decimals: number | undefined): string {
  if (decimals !== undefined) return value.toFixed(decimals);
  const size = Math.abs(value);
  const places = size === 0 || size >= 100 ? 0 : Math.min(8, 2 - Math.floor(Math.log10(size)));
  const text = value.toFixed(places);
  return Number(text) === Math.trunc(value) ? String(Math.trunc(value)) : text;
}

function scaled(value: number, scales: readonly Scale[], decimals: number | undefined): string {
  const size = Math.abs(value);
  const scale = scales.find(({ from }) => size >= from);
  return scale === undefined ? digits(value, decimals) : digits(value / scale.divisor, decimals) + scale.word;
}

function distance(seconds: number): string {
  const size = Math.abs(seconds);
  const scale = AGO.find(({ from }) => size >= from);
  const words =
    !scale || scale.divisor === 0 ? (scale?.word ?? '') : String(Math.round(size / scale.divisor)) + scale.word;
  return seconds >= 0 ? `${words} ago` : `in ${words}`;
}

/**
 * The value as people read it.
 * @param now Seconds since 1970, for ages
 */
export function formatValue(value: number, unit: string | undefined, now: number, decimals?: number): string {
  switch (unit) {
    case 's':
    case 'dtdurations':
      return value === 0 ? '0 s' : scaled(value, DURATIONS, decimals);
    case 'percentunit':
      return `${digits(value * 100, decimals)}%`;
    case 'bytes':
      return scaled(value, BYTES, decimals);
    case 'rowsps':
      return `${scaled(value, SHORT, decimals).replace(' ', '')} rows/s`;
    case 'dateTimeFromNow':
      return distance(now - value / 1000);
    case 'dateTimeAsIso':
      return new Date(value).toISOString().slice(0, 19).replace('T', ' ');
    case 'none':
      return digits(value, decimals);
    default:
      return scaled(value, SHORT, decimals);
  }
}
