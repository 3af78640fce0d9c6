/**
 * A sample's value as both formats read it: `NaN`, `+Inf`, and whole numbers without an exponent
 * (`1732270000`, not `1.73227e+09`), because people read the page too.
 */
export function formatNumber(value: number): string {
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  return String(value);
}

/**
 * A bucket's upper bound as Go prints it (`%g`, shortest): `0.05`, `10`, `2.592e+06`. It is part of the series'
 * identity, so it is written as Prometheus itself writes it. OpenMetrics' canonical form always has a point or an
 * exponent (`10.0`); the text format by custom has not (`10`). Prometheus 3 stores both as `10.0`.
 *
 * @see https://prometheus.io/docs/specs/om/open_metrics_spec/ "Canonical Numbers" (read 2026-11-22)
 */
export function formatBound(bound: number, openMetrics: boolean): string {
  if (!Number.isFinite(bound)) return formatNumber(bound);
  const magnitude = Math.abs(bound);
  const exponent = magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e6);
  const text = exponent ? bound.toExponential().replace(/e([+-])(\d)$/, 'e$10$2') : String(bound);
  return openMetrics && !/[.e]/.test(text) ? `${text}.0` : text;
}
