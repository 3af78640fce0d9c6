/** Values at which the axes have lines. */
import type { Span } from './prometheus.ts';

const TIME_STEPS = [60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];

/** Instants on round times of the day, UTC, about ten of them. */
export function timeTicks({ from, to }: Span): readonly { readonly at: number; readonly text: string }[] {
  const step = TIME_STEPS.find((seconds) => (to - from) / seconds <= 9) ?? 86_400;
  const first = Math.ceil(from / step) * step;
  return Array.from({ length: Math.floor((to - first) / step) + 1 }, (_, index) => {
    const at = first + index * step;
    return { at, text: new Date(at * 1000).toISOString().slice(11, 16) };
  });
}

/** From 0 to the first round value at or above `largest`; in units of time, minutes and hours are round. */
export function valueTicks(largest: number, unit: string | undefined): readonly number[] {
  const wanted = (largest > 0 ? largest : 1) / 4;
  const bases =
    unit === 's' && wanted > 1
      ? [1, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 14_400, 28_800, 86_400]
      : null;
  const bytes = unit === 'bytes' ? 2 ** Math.ceil(Math.log2(wanted)) : null;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step =
    bytes ??
    bases?.find((base) => base >= wanted) ??
    [1, 2, 2.5, 5, 10].map((digit) => digit * power).find((base) => base >= wanted - 1e-12) ??
    wanted;
  return Array.from({ length: Math.ceil(largest / step - 1e-9) + 1 }, (_, index) => index * step);
}
