/**
 * A file with the addresses that a running exporter listens on, for a health check that knows neither the exporter's
 * flags nor the port that it got.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { ListenAddress } from '../web/server.ts';

/** Variable that names the file; the image sets it. Without it there is no file. */
const VARIABLE = 'DATAJOBS_ADDRESS_FILE';

type Environment = Readonly<Record<string, string | undefined>>;

const AddressFile = z.object({ addresses: z.array(z.object({ host: z.string().nullable(), port: z.number() })) });

/** Returns the file's name; null where none is wanted. */
function addressFile(env: Environment): string | null {
  const file = env[VARIABLE]?.trim() ?? '';
  return file === '' ? null : file;
}

/** Writes the addresses that the exporter listens on; none where it has no HTTP. @throws the system's error */
export function writeAddresses(env: Environment, addresses: readonly ListenAddress[]): void {
  const file = addressFile(env);
  if (file !== null) writeFileSync(file, `${JSON.stringify({ addresses })}\n`);
}

/** Removes the file; never throws. */
export function removeAddresses(env: Environment): void {
  const file = addressFile(env);
  try {
    if (file !== null) rmSync(file, { force: true });
  } catch {
    // A health check that reads it finds that nothing listens there.
  }
}

/** Reads the addresses that the exporter here wrote. @throws Error of one line where it wrote none */
export function readAddresses(env: Environment): readonly ListenAddress[] {
  const file = addressFile(env);
  if (file === null) throw new Error(`no exporter says where it listens; set ${VARIABLE} to the same file for both`);
  try {
    return AddressFile.parse(JSON.parse(readFileSync(file, 'utf8'))).addresses;
  } catch (error) {
    throw new Error(`no exporter has written to ${file} where it listens`, { cause: error });
  }
}
