/** UUIDs of the world. A run's UUID hides which run of which job it is, so that a lookup needs no stored history. */
import { hashNumbers, hashText } from './draw.ts';

/** A UUID (version 4 in form), the same for the same seed and text. */
export function uuidOf(seed: number, text: string): string {
  const words = [0, 1, 2, 3].map((salt) => hex(hashText(text, hashNumbers(seed, salt)), 8)).join('');
  return format(words.slice(0, 16), words.slice(16, 28));
}

/** The UUID of a run, by the index of its job in the plan and its own in the job. */
export function toRunUuid(seed: number, jobIndex: number, runIndex: number): string {
  const tag = hashNumbers(seed, jobIndex, runIndex);
  const mask = hashNumbers(seed, tag);
  const middle = hex(hashNumbers(seed, tag, mask), 8);
  return format(`${hex(tag, 8)}${middle}`, `${hex((jobIndex ^ mask) & 0xffff, 4)}${hex(runIndex ^ mask, 8)}`);
}

/** Finds the run that a UUID names; null where it names none of this world's. */
export function fromRunUuid(seed: number, uuid: string): { jobIndex: number; runIndex: number } | null {
  const match = /^([0-9a-f]{8})-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-([0-9a-f]{4})([0-9a-f]{8})$/.exec(uuid);
  if (match === null) return null;
  const [tag = 0, maskedJob = 0, maskedRun = 0] = match.slice(1).map((digits) => Number.parseInt(digits, 16));
  const mask = hashNumbers(seed, tag);
  const jobIndex = (maskedJob ^ mask) & 0xffff;
  const runIndex = (maskedRun ^ mask) >>> 0;
  return toRunUuid(seed, jobIndex, runIndex) === uuid ? { jobIndex, runIndex } : null;
}

/** 8-4-4-4-12 digits, those of the version and the variant included; `front` has 16 digits. */
function format(front: string, back: string): string {
  const third = `4${front.slice(12, 15)}`;
  const fourth = `8${front.slice(13, 16)}`;
  return `${front.slice(0, 8)}-${front.slice(8, 12)}-${third}-${fourth}-${back}`;
}

function hex(value: number, digits: number): string {
  return (value >>> 0).toString(16).padStart(digits, '0').slice(-digits);
}
