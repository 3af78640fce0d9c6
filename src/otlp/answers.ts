/** Reads a receiver's answer: it took everything, only a part, or nothing, and says why. */
import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';

/** An answer with which a receiver takes a request, but not all of its points, or adds a message. */
export interface PartialSuccess {
  readonly rejectedPoints: number;
  /** The receiver's own words, fit to be shown; empty: none. */
  readonly message: string;
}

/** Longest text of a receiver that is logged. */
const MAX_WORDS_CHARACTERS = 200;
/** Shorter values are in many texts by chance. */
const SHORTEST_SECRET = 6;

/**
 * Reads the body of an answer with a good status, protobuf or JSON, whichever was asked for: some receivers always
 * answer in the other. An empty body is an empty message: everything was taken.
 *
 * @returns null where all was taken
 * @throws Error if it is no answer of a receiver, e.g. a login page
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp-response (read 2026-11-30)
 */
export function readResponse(body: Buffer, contentType: string): PartialSuccess | null {
  const text = body.toString();
  const isText = /^\s*text\//i.test(contentType);
  // Also as text/plain, which is what a server that does not say so sends.
  const response = /^\s*\{/.test(text) ? parseJson(text) : isText && text.trim() !== '' ? null : parseProtobuf(body);
  if (response === null) throw new Error('no OTLP answer');
  const { partialSuccess } = response;
  if (!isObject(partialSuccess)) return null;
  // JSON carries the count as text.
  const points = Number(partialSuccess['rejectedDataPoints'] ?? 0);
  const words = partialSuccess['errorMessage'];
  const message = typeof words === 'string' ? clean(words) : '';
  return points > 0 || message !== '' ? { rejectedPoints: Number.isFinite(points) ? points : 0, message } : null;
}

/**
 * The words of a receiver that refuses, fit to be shown: its status message as OTLP has it, a message in JSON, or plain
 * text. Empty where there are none: of a page for people, and of a text that repeats what was sent.
 *
 * @param sent header values, which may be secret
 * @see https://opentelemetry.io/docs/specs/otlp/#failures-1 (read 2026-11-30)
 */
export function readRefusal(body: Buffer, contentType: string, sent: readonly string[]): string {
  const words = clean(findWords(body, contentType));
  const secrets = sent.flatMap((value) => value.split(/[\s,;="]+/)).filter((word) => word.length >= SHORTEST_SECRET);
  return secrets.some((secret) => words.includes(secret)) ? '' : words;
}

/** The text on one line, without control characters, at most `MAX_WORDS_CHARACTERS` long. */
export function clean(text: string): string {
  return text
    .slice(0, 4 * MAX_WORDS_CHARACTERS)
    .replaceAll(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, MAX_WORDS_CHARACTERS);
}

function findWords(body: Buffer, contentType: string): string {
  if (/protobuf/i.test(contentType)) return readStatusMessage(body);
  const text = body.toString();
  if (/html/i.test(contentType) || /^\s*</.test(text)) return '';
  try {
    const json: unknown = JSON.parse(text);
    if (!isObject(json)) return typeof json === 'string' ? json : '';
    const { message, error } = json;
    const nested = isObject(error) ? error['message'] : error;
    return [message, nested].find((value) => typeof value === 'string') ?? '';
  } catch {
    return text;
  }
}

/**
 * The message of a `google.rpc.Status`. It has the field numbers of a partial success (1: a number, 2: a text), so that
 * wrapped as one it can be read by the same code.
 */
function readStatusMessage(body: Buffer): string {
  const length: number[] = [];
  for (let rest = body.length; ; rest >>>= 7) {
    length.push(rest > 127 ? (rest & 127) | 128 : rest);
    if (rest <= 127) break;
  }
  const message = parseProtobuf(Buffer.concat([Buffer.from([0x0a, ...length]), body]))?.partialSuccess?.[
    'errorMessage'
  ];
  return typeof message === 'string' ? message : '';
}

interface Response {
  readonly partialSuccess?: Readonly<Record<string, unknown>> | null | undefined;
}

function parseProtobuf(body: Buffer): Response | null {
  try {
    const { partialSuccess } = ProtobufMetricsSerializer.deserializeResponse(body);
    return { partialSuccess: partialSuccess === undefined ? undefined : { ...partialSuccess } };
  } catch {
    return null;
  }
}

/** null: not what OTLP has. Names may be written either way in JSON of protobuf. */
function parseJson(text: string): Response | null {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(json)) return null;
  const { partialSuccess, partial_success: alias, ...others } = json;
  const partial = partialSuccess ?? alias ?? null;
  if (Object.keys(others).length > 0 || !(partial === null || isObject(partial))) return null;
  if (partial === null) return {};
  return {
    partialSuccess: {
      rejectedDataPoints: partial['rejectedDataPoints'] ?? partial['rejected_data_points'],
      errorMessage: partial['errorMessage'] ?? partial['error_message'],
    },
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
