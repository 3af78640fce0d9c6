/** Randomness without a stream: every draw is a hash of its purpose, so that each can be made at any time, alone. */

/** 32 well-mixed bits of a text. FNV-1a, finished as MurmurHash3 does. */
export function hashText(text: string, seed = 0): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return mix(hash);
}

/** 32 well-mixed bits of numbers. */
export function hashNumbers(seed: number, ...numbers: readonly number[]): number {
  let hash = seed;
  for (const number of numbers) {
    // Both halves, so that numbers over 32 bits differ too.
    hash = mix(Math.imul(hash, 0x9e3779b1) ^ number);
    if (number > 0xffffffff) hash = mix(hash ^ Math.floor(number / 0x100000000));
  }
  return hash >>> 0;
}

/** 0 (included) to 1 (not included) of 32 bits. */
export function toFraction(hash: number): number {
  return (hash >>> 0) / 0x100000000;
}

/** The decisions about a run that are drawn; two of them never share a draw. */
const PURPOSES = [
  'phase',
  'jitter',
  'queue',
  'duration',
  'result',
  'stuck',
  'stuckAt',
  'vanish',
  'vanishAt',
  'revised',
  'revisedAfter',
  'retryDuration',
  'exitCode',
  'rows',
  'rowShares',
  'unhealthy',
  'brokenStep',
  'stepWeight',
  'fault',
] as const;
export type Purpose = (typeof PURPOSES)[number];

const SALTS = Object.fromEntries(PURPOSES.map((purpose) => [purpose, hashText(purpose)])) as Record<Purpose, number>;

/** 0 to 1 for a purpose, from a job's own seed and a run's number within the job (and a part of the run). */
export function draw(jobSeed: number, purpose: Purpose, runIndex = 0, part = 0): number {
  return toFraction(hashNumbers(jobSeed, SALTS[purpose], runIndex, part));
}

/** A value between two bounds, at a fraction of the way. */
export function spread([low, high]: readonly [number, number], fraction: number): number {
  return low + (high - low) * fraction;
}

function mix(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
