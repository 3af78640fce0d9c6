/** The faults that let the vendor answer and spoil what it said. */
import type { Response } from 'express';
import type { Fault } from './fault.ts';

/** Fields that keep a record recognisable when everything else in it is broken. */
const ID_KEYS = new Set(['id', 'runId', 'run_id']);
/** The fields of our vendors' records that hold their state. */
const STATE_KEYS = new Set(['state', 'status', 'state_label', 'executionStatus']);

/** Wraps the response so that its whole body, once it is there, goes out as the faults have it. */
export function spoilAnswer(faults: readonly Fault[], response: Response): void {
  const skew = faults.reduce((sum, fault) => sum + (fault.kind === 'clock_skew' ? fault.seconds : 0), 0);
  if (skew !== 0) shiftDate(response, skew);
  for (const fault of faults) if (fault.kind === 'rate_limit') limitRate(response, fault);
  const changes = faults.map(changeOf).filter((change) => change !== null);
  const isTruncated = faults.some(({ kind }) => kind === 'truncated');
  if (changes.length === 0 && !isTruncated) return;

  const end = response.end.bind(response);
  // Simulators answer through `json` and `send`, which end the response with its whole body.
  response.end = ((chunk?: unknown) => {
    const text = typeof chunk === 'string' || Buffer.isBuffer(chunk) ? chunk.toString() : '';
    const body = Buffer.from(changes.reduce(changeJson, text));
    response.set('Content-Length', String(body.length));
    if (!isTruncated) return end(body);
    response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.socket?.destroy());
    return response;
  }) as typeof response.end;
}

/** Returns the change that a fault makes to the parsed body; null: none. */
function changeOf(fault: Fault): ((body: unknown) => unknown) | null {
  switch (fault.kind) {
    case 'wrong_shape':
      return (body) => (Array.isArray(body) ? { unexpected: body } : [{ unexpected: body }]);
    case 'broken_record':
      return (body) =>
        changeList(body, (list) => list.map((record, index) => (index === 0 ? breakRecord(record) : record)));
    case 'duplicated':
      return (body) => changeList(body, (list) => [...list, ...list]);
    case 'no_records':
      return (body) => changeList(body, () => []);
    case 'unlisted_state':
      return (body) =>
        changeFields(body, (key, value) => (STATE_KEYS.has(key) && value === fault.state ? fault.becomes : value));
    case 'missing_fields':
      return (body) => changeFields(body, (key, value) => (fault.fields.includes(key) ? undefined : value));
    case 'odd_field':
      return (body) => changeRecords(body, (record) => ({ ...record, [fault.field]: fault.value }));
    case 'other_id':
      return (body) => changeFields(body, (key, value) => (ID_KEYS.has(key) ? otherId(value, fault.id) : value));
    default:
      return null;
  }
}

function shiftDate(response: Response, skew: number): void {
  const date = Date.parse(String(response.getHeader('Date') ?? new Date().toUTCString()));
  response.set('Date', new Date(date + skew * 1000).toUTCString());
}

/** As the IETF's draft has it, since no vendor documents headers of its own. @see src/http/rate-limit.ts */
function limitRate(response: Response, fault: Extract<Fault, { readonly kind: 'rate_limit' }>): void {
  response.set('RateLimit', `"simulated";r=${fault.remaining};t=${fault.reset}`);
  response.set('RateLimit-Policy', `"simulated";q=${fault.limit}`);
}

/** Changes a JSON text; any other text stays as it is. */
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

/** Changes every record of the list that an answer is or holds; where there is no list, the answer itself. */
function changeRecords(body: unknown, change: (record: object) => object): unknown {
  const changeOne = (record: unknown): unknown =>
    typeof record === 'object' && record !== null ? change(record) : record;
  return hasList(body) ? changeList(body, (list) => list.map(changeOne)) : changeOne(body);
}

/** As `changeRecords`, field by field; undefined leaves the field out. */
function changeFields(body: unknown, change: (key: string, value: unknown) => unknown): unknown {
  return changeRecords(body, (record) =>
    Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(key, value)])),
  );
}

/** True if an answer is or holds a list of runs: one run may hold a list too, of its steps. */
function hasList(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  return Array.isArray(body) || !Object.keys(body).some((key) => ID_KEYS.has(key));
}

function otherId(id: unknown, spelling: Extract<Fault, { readonly kind: 'other_id' }>['id']): unknown {
  const text = String(id);
  if (spelling === 'upper_case') return text.toUpperCase();
  return typeof id === 'number' ? id + 900_000_000 : `another-${text}`;
}

function breakRecord(record: unknown): unknown {
  if (typeof record !== 'object' || record === null) return null;
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [key, ID_KEYS.has(key) ? value : { broken: true }]),
  );
}
