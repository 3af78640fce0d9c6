/** Where a running exporter listens, left in a file for a health check that knows neither its flags nor its free port. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { ListenAddress } from '../web/server.ts';

/** Names the file; the image sets it. Without it there is none. */
const VARIABLE = 'DATAJOBS_ADDRESS_FILE';

type Environment = Readonly<Record<string, string | undefined>>;

const AddressFile = z.object({ addresses: z.array(z.object({ host: z.string().nullable(), port: z.number() })) });

/** The file's name; null where none is wanted. */
function addressFile(env: Environment): string | null {
  const file = env[VARIABLE]?.trim() ?? '';
  return file === '' ? null : file;
}

/** Leaves word of where the exporter listens; an empty list says that it does not. @throws the system's error */
export function writeAddresses(env: Environment, addresses: readonly ListenAddress[]): void {
  const file = addressFile(env);
  if (file !== null) writeFileSync(file, `${JSON.stringify({ addresses })}\n`);
}

/** Takes the word back; never throws. */
export function removeAddresses(env: Environment): void {
  const file = addressFile(env);
  try {
    if (file !== null) rmSync(file, { force: true });
  } catch {
    // Whoever reads it finds that nobody listens there.
  }
}

/** What the exporter that runs here wrote. @throws Error that says in one line why nothing is known */
export function readAddresses(env: Environment): readonly ListenAddress[] {
  const file = addressFile(env);
  if (file === null) throw new Error(`no exporter says where it listens; set ${VARIABLE} to the same file for both`);
  try {
    return AddressFile.parse(JSON.parse(readFileSync(file, 'utf8'))).addresses;
  } catch (error) {
    throw new Error(`no exporter has written to ${file} where it listens`, { cause: error });
  }
}
