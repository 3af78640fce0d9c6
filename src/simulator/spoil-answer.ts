/** The faults that let the vendor answer and spoil what it said. */
import type { Response } from 'express';
import type { Fault } from './fault.ts';

/** Keeps a record recognisable when everything else about it is broken. */
const ID_KEYS = new Set(['id', 'runId', 'run_id']);

/** Wraps the response so that its whole body, once it is there, goes out as the faults have it. */
export function spoilAnswer(faults: readonly Fault[], response: Response): void {
  const skew = faults.reduce((sum, fault) => sum + (fault.kind === 'clock_skew' ? fault.seconds : 0), 0);
  if (skew !== 0) shiftDate(response, skew);
  for (const fault of faults) if (fault.kind === 'rate_limit') limitRate(response, fault);
  const changes = faults.flatMap((fault) => (Object.hasOwn(CHANGES, fault.kind) ? [CHANGES[fault.kind]] : []));
  const isTruncated = faults.some(({ kind }) => kind === 'truncated');
  if (changes.length === 0 && !isTruncated) return;

  const end = response.end.bind(response);
  // Simulators answer through `json` and `send`, which end the response with its whole body.
  response.end = ((chunk?: unknown) => {
    const text = typeof chunk === 'string' || Buffer.isBuffer(chunk) ? chunk.toString() : '';
    const body = Buffer.from(changes.reduce((changed, change) => change?.(changed) ?? changed, text));
    response.set('Content-Length', String(body.length));
    if (!isTruncated) return end(body);
    response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.socket?.destroy());
    return response;
  }) as typeof response.end;
}

const CHANGES: Readonly<Partial<Record<Fault['kind'], (text: string) => string>>> = {
  wrong_shape: (text) =>
    changeJson(text, (body) => (Array.isArray(body) ? { unexpected: body } : [{ unexpected: body }])),
  broken_record: (text) =>
    changeJson(text, (body) =>
      changeList(body, (list) => list.map((record, index) => (index === 0 ? breakRecord(record) : record))),
    ),
  duplicated: (text) => changeJson(text, (body) => changeList(body, (list) => [...list, ...list])),
};

function shiftDate(response: Response, skew: number): void {
  const date = Date.parse(String(response.getHeader('Date') ?? new Date().toUTCString()));
  response.set('Date', new Date(date + skew * 1000).toUTCString());
}

/** As the IETF's draft has it, since no vendor documents headers of its own. @see src/http/rate-limit.ts */
function limitRate(response: Response, fault: Extract<Fault, { readonly kind: 'rate_limit' }>): void {
  response.set('RateLimit', `"simulated";r=${fault.remaining};t=${fault.reset}`);
  response.set('RateLimit-Policy', `"simulated";q=${fault.limit}`);
}

/** What is no JSON stays as it is. */
function changeJson(text: string, change: (body: unknown) => unknown): string {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return text;
  }
  return JSON.stringify(change(body));
}

/** Changes the list of records that an answer is or holds (`results`, `values`, `_embedded.jobs`); else nothing. */
function changeList(body: unknown, change: (list: readonly unknown[]) => readonly unknown[]): unknown {
  if (Array.isArray(body)) return change(body);
  if (typeof body !== 'object' || body === null) return body;
  const found = Object.entries(body).find(([key, value]) => Array.isArray(value) || key === '_embedded');
  return found === undefined ? body : { ...body, [found[0]]: changeList(found[1], change) };
}

function breakRecord(record: unknown): unknown {
  if (typeof record !== 'object' || record === null) return null;
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [key, ID_KEYS.has(key) ? value : { broken: true }]),
  );
}
