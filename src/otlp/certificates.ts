import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { ConfigProblem, OtlpConfig } from '../config/config.ts';
import type { Variables } from './variables.ts';

/** PEM texts; null: the authorities that the system trusts, or no client certificate. */
export interface OtlpCertificates {
  readonly authorities: Buffer | null;
  readonly client: Buffer | null;
  readonly clientKey: Buffer | null;
}

/** Paths of the certificate files; null: none is named. */
interface CertificateFiles {
  readonly authorities: string | null;
  readonly client: string | null;
  readonly clientKey: string | null;
}

/** A file, and the variable or the key of the configuration that names it. */
interface Named {
  readonly name: string;
  readonly path: string;
  /** Says what is wrong with it. */
  readonly report: (what: string) => void;
}

const NOT_PEM = 'expected certificates in PEM';
const NOT_ITS_KEY = 'is not the key of the client certificate, or no key in PEM without a passphrase';

/**
 * Reads and checks the certificates that the variables or the file name. One that cannot be used is ignored if a variable
 * names it, and a problem of the configuration if the file does.
 *
 * @returns reads the certificates as they are now: the same object until a file has changed. While files cannot be used,
 *   as they are just being replaced, the last usable ones are returned.
 */
export function readCertificates(
  config: OtlpConfig,
  variables: Variables,
  problems: ConfigProblem[],
): () => OtlpCertificates {
  const locate = (ending: string, key: string, path: string | null, check: (pem: Buffer) => boolean): Named | null => {
    const named: Named[] = variables.findOtlp(ending).map((variable) => ({
      name: variable.name,
      path: variable.value,
      report: (what) => variables.ignore(variable, what),
    }));
    const place = `otlp.${key}`;
    if (path !== null) {
      named.push({ name: place, path, report: (message) => void problems.push({ place, message }) });
    }
    return named.find((file) => isUsable(file, check)) ?? null;
  };

  const authorities = locate('CERTIFICATE', 'certificate_file', config.certificateFile, isCertificate);
  let client = locate('CLIENT_CERTIFICATE', 'client_certificate_file', config.clientCertificateFile, isCertificate);
  let clientKey = locate('CLIENT_KEY', 'client_key_file', config.clientKeyFile, () => true);
  if (client !== null && clientKey === null) client.report('needs its key as well: client_key_file');
  if (clientKey !== null && client === null) clientKey.report('needs its certificate as well: client_certificate_file');
  const isWhole = client !== null && clientKey !== null;
  if (client !== null && clientKey !== null && !isPair(readFileSync(client.path), readFileSync(clientKey.path))) {
    clientKey.report(NOT_ITS_KEY);
    [client, clientKey] = [null, null];
  }
  return watch({
    authorities: authorities?.path ?? null,
    client: isWhole ? (client?.path ?? null) : null,
    clientKey: isWhole ? (clientKey?.path ?? null) : null,
  });
}

function isUsable({ path, report }: Named, check: (pem: Buffer) => boolean): boolean {
  try {
    if (check(readFileSync(path))) return true;
    report(NOT_PEM);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    report(`the file cannot be read (${code})`);
  }
  return false;
}

function watch(files: CertificateFiles): () => OtlpCertificates {
  let held: OtlpCertificates = read(files);
  let version = versionOf(files);
  return () => {
    try {
      const present = versionOf(files);
      if (present === version) return held;
      const next = read(files);
      const isBroken = [next.authorities, next.client].some((pem) => pem !== null && !isCertificate(pem));
      if (isBroken || (next.client !== null && next.clientKey !== null && !isPair(next.client, next.clientKey))) {
        return held;
      }
      held = next;
      version = present;
    } catch {
      // A file is missing for the moment: the certificates that were read last may still be good.
    }
    return held;
  };
}

function read({ authorities, client, clientKey }: CertificateFiles): OtlpCertificates {
  const readOne = (path: string | null): Buffer | null => (path === null ? null : readFileSync(path));
  return { authorities: readOne(authorities), client: readOne(client), clientKey: readOne(clientKey) };
}

/** Differs once a file has changed. */
function versionOf({ authorities, client, clientKey }: CertificateFiles): string {
  return [authorities, client, clientKey]
    .map((path) => {
      if (path === null) return '';
      const { mtimeMs, size, ino } = statSync(path);
      return `${mtimeMs}:${size}:${ino}`;
    })
    .join();
}

function isCertificate(pem: Buffer): boolean {
  try {
    return new X509Certificate(pem).serialNumber !== '';
  } catch {
    return false;
  }
}

function isPair(cert: Buffer, key: Buffer): boolean {
  try {
    createSecureContext({ cert, key });
    return true;
  } catch {
    return false;
  }
}
