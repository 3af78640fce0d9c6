import { inspect } from 'node:util';

/** All that logging, printing or serialising an error could show: message, stack, properties, and the same of its causes. */
export function everythingShown(error: unknown): string {
  const texts = [inspect(error, { depth: Infinity, showHidden: true }), JSON.stringify(error)];
  for (let current = error; current instanceof Error; current = current.cause)
    texts.push(String(current), current.stack ?? '', JSON.stringify(current, Object.getOwnPropertyNames(current)));
  return texts.join('\n');
}
