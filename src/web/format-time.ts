import { earlier, formatTimestamp, type UnixSeconds, unixSeconds } from '../model/time.ts';

/**
 * The latest instant of a JavaScript `Date`, in the year 275760. @see ECMA-262, section "Time Values and Time Range"
 */
const LAST_DATE = unixSeconds(8.64e12);

const UNITS = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
] as const;

/** A length of time for people, in its two largest units: `45 s`, `3 min 20 s`, `2 d 4 h`; below a second `0.4 s`. */
export function formatDuration(durationSeconds: number): string {
  if (durationSeconds < 1) return `${Math.max(0, Math.round(durationSeconds * 10) / 10)} s`;
  let rest = Math.round(durationSeconds);
  const parts: string[] = [];
  for (const [size, unit] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0 || parts.length > 0) parts.push(`${count} ${unit}`);
  }
  return parts
    .slice(0, 2)
    .filter((part) => !part.startsWith('0 '))
    .join(' ');
}

/** An age in its largest unit: `just now`, `20 s ago`, `3 h ago`; negative: `in 5 min`. */
export function formatAge(ageSeconds: number): string {
  const distance = Math.abs(ageSeconds);
  if (distance < 5) return 'just now';
  const [size, unit] = UNITS.find(([unitSize]) => distance >= unitSize) ?? [1, 's'];
  const text = `${Math.floor(distance / size)} ${unit}`;
  return ageSeconds < 0 ? `in ${text}` : `${text} ago`;
}

/** The instant as a machine-readable text; a later one than `LAST_DATE` as that. */
export function formatInstant(instant: UnixSeconds): string {
  return formatTimestamp(earlier(instant, LAST_DATE));
}
