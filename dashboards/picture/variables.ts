/** Grafana's variables as the drawing fills them in. */

export interface Filling {
  /** By name of the variable; what is missing means "All". */
  readonly chosen: Readonly<Record<string, string>>;
  readonly rangeSeconds: number;
  readonly stepSeconds: number;
}

const SECONDS_BY_UNIT: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
/** Scrape interval that Grafana assumes of a data source unless its settings say otherwise. */
const SCRAPE_SECONDS = 15;

/** `5m` in seconds. @throws Error for anything but a number and one of s, m, h, d */
export function toSeconds(duration: string): number {
  const [, count, unit = ''] = /^(\d+)([smhd])$/.exec(duration) ?? [];
  const seconds = Number(count) * (SECONDS_BY_UNIT[unit] ?? Number.NaN);
  if (Number.isNaN(seconds)) throw new Error(`not a duration such as 30m or 24h: ${duration}`);
  return seconds;
}

/** The query as Grafana would send it. */
export function fillVariables(query: string, { chosen, rangeSeconds, stepSeconds }: Filling): string {
  const rate = Math.max(stepSeconds + SCRAPE_SECONDS, 4 * SCRAPE_SECONDS);
  return query
    .replaceAll('$__rate_interval', `${String(rate)}s`)
    .replaceAll('$__interval', `${String(stepSeconds)}s`)
    .replaceAll('$__range', `${String(rangeSeconds)}s`)
    .replaceAll(/\$(\w+)/g, (whole, name: string) =>
      name in chosen || !/^\d/.test(name) ? (chosen[name] ?? '.*') : whole,
    );
}

const STEPS = [15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];

/** The distance of points: a point a pixel, rounded up to a round number, not below the panel's own minimum. */
export function stepOf(rangeSeconds: number, pixels: number, minimum: string | undefined): number {
  const wanted = Math.max(rangeSeconds / pixels, minimum === undefined ? SCRAPE_SECONDS : toSeconds(minimum));
  return STEPS.find((step) => step >= wanted) ?? 86_400;
}
