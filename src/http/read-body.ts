import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, type ZlibOptions } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { type RequestContext, requestFailure } from './request-failure.ts';
import { headerOf } from './response-headers.ts';

/** The compressions that are asked for. */
export const ACCEPTED_ENCODINGS = 'gzip, br';

const UNPACK_CHUNK_BYTES = 256 * 1024;

/** A server may use a compression that was not asked for; old proxies use `deflate`. */
const UNPACK: Readonly<Record<string, (packed: Uint8Array, options: ZlibOptions) => Promise<Buffer>>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  br: (packed, { chunkSize, maxOutputLength }) =>
    promisify(brotliDecompress)(packed, {
      ...(chunkSize && { chunkSize }),
      ...(maxOutputLength && { maxOutputLength }),
    }),
  deflate: promisify(inflate),
};

/**
 * Reads a response's whole body, unpacked, as UTF-8 text without a byte order mark. As text alone: of an answer of 50
 * MB the bytes are garbage before it is parsed, which lowers the peak of memory by as much.
 *
 * It is unpacked in one go rather than by undici's `decompress` interceptor, which prints an experimental warning at
 * start: the body is needed whole anyway, and the limit holds as well.
 *
 * @throws VendorError (reason `schema`) for a body over the limit, packed or unpacked: asking again gives the same;
 *   (reason `network`) for a packed body that is broken. Errors of the connection come as undici has them.
 */
export async function readBody(
  context: RequestContext,
  response: Dispatcher.ResponseData,
  maxBodyBytes: number,
): Promise<string> {
  const encoding = headerOf(response.headers, 'content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity' || encoding === '') return response.body.text();
  const packed = await response.body.bytes();
  if (packed.length === 0) return '';
  const unpack = UNPACK[encoding];
  const status = response.statusCode;
  if (unpack === undefined)
    throw requestFailure(context, 'sent a body packed in a way that was not asked for', { reason: 'schema', status });
  try {
    const body = await unpack(packed, { maxOutputLength: maxBodyBytes, chunkSize: UNPACK_CHUNK_BYTES });
    return body.toString('utf8', hasByteOrderMark(body) ? 3 : 0);
  } catch (error) {
    if (hasCode(error, 'ERR_BUFFER_TOO_LARGE')) throw tooLarge(context, maxBodyBytes);
    throw requestFailure(context, `sent a body whose ${encoding} packing is broken`, { reason: 'network', status });
  }
}

function hasByteOrderMark(body: Buffer): boolean {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
}

/** The error of a body over the limit, if that is what undici complains of; null otherwise. */
export function tooLargeFailure(context: RequestContext, error: unknown, maxBodyBytes: number): Error | null {
  return hasCode(error, 'UND_ERR_RES_EXCEEDED_MAX_SIZE') ? tooLarge(context, maxBodyBytes) : null;
}

function tooLarge(context: RequestContext, maxBodyBytes: number): Error {
  const problem = `sent more than ${maxBodyBytes} bytes, the most that is read of one answer`;
  return requestFailure(context, problem, { reason: 'schema' });
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
