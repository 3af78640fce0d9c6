import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { OtlpConfig } from '../config/config.ts';
import type { Variable, Variables } from './variables.ts';

/** PEM texts; null: what the system trusts, and no certificate of our own. */
export interface OtlpCertificates {
  readonly authorities: Buffer | null;
  readonly client: Buffer | null;
  readonly clientKey: Buffer | null;
}

/** Reads and tries the certificates that the variables or the file name; what cannot be used is a problem. */
export function readCertificates(config: OtlpConfig, variables: Variables): OtlpCertificates {
  const locate = (ending: string, key: string, path: string | null): Variable | null =>
    variables.findOtlp(ending) ?? (path === null ? null : { name: `otlp.${key}`, value: path });
  const read = (file: Variable | null): Buffer | null => (file === null ? null : readPem(file, variables));

  const authorityFile = locate('CERTIFICATE', 'certificate_file', config.certificateFile);
  const clientFile = locate('CLIENT_CERTIFICATE', 'client_certificate_file', config.clientCertificateFile);
  const keyFile = locate('CLIENT_KEY', 'client_key_file', config.clientKeyFile);
  const authorities = read(authorityFile);
  const client = read(clientFile);
  const clientKey = read(keyFile);

  for (const [file, pem] of [
    [authorityFile, authorities],
    [clientFile, client],
  ] as const) {
    if (file !== null && pem !== null && !isCertificate(pem)) variables.report(file, 'expected certificates in PEM');
  }
  if (clientFile !== null && keyFile === null) variables.report(clientFile, 'needs its key beside it: client_key_file');
  if (keyFile !== null && clientFile === null) {
    variables.report(keyFile, 'needs its certificate beside it: client_certificate_file');
  }
  if (
    keyFile !== null &&
    client !== null &&
    clientKey !== null &&
    isCertificate(client) &&
    !isPair(client, clientKey)
  ) {
    variables.report(keyFile, 'is not the key of the client certificate, or no key in PEM without a passphrase');
  }
  return { authorities, client, clientKey };
}

function readPem(file: Variable, variables: Variables): Buffer | null {
  try {
    return readFileSync(file.value);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    variables.report(file, `the file cannot be read (${code})`);
    return null;
  }
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
