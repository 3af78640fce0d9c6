import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

export interface Identity {
  readonly key: string;
  readonly cert: string;
}

export interface Authority {
  readonly cert: string;
  /** A certificate for `127.0.0.1`, or for nobody in particular, signed by the authority. */
  issue(owner: 'loopback' | 'nobody'): Identity;
}

const ECDSA_WITH_SHA256 = sequence(Buffer.from('06082a8648ce3d040302', 'hex'));
const VALIDITY = sequence(der(0x17, Buffer.from('200101000000Z')), der(0x17, Buffer.from('491231235959Z')));
/** basicConstraints, critical: may sign others. */
const IS_AUTHORITY = sequence(
  Buffer.from('0603551d13', 'hex'),
  der(0x01, Buffer.from([0xff])),
  der(0x04, sequence(der(0x01, Buffer.from([0xff])))),
);
/** subjectAltName: the address 127.0.0.1. */
const IS_LOOPBACK = sequence(
  Buffer.from('0603551d11', 'hex'),
  der(0x04, sequence(der(0x87, Buffer.from([127, 0, 0, 1])))),
);

/**
 * A private authority with the given name, made on the spot so that no key lies in the repository.
 * @see https://www.rfc-editor.org/rfc/rfc5280#section-4.1 (read 2026-11-22)
 */
export function createAuthority(name: string): Authority {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = { name, key: own.privateKey };
  let serial = 1;
  return {
    cert: createCertificate(issuer, serial, name, own.publicKey, [IS_AUTHORITY]),
    issue: (owner) => {
      serial += 1;
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      return {
        key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        cert: createCertificate(issuer, serial, owner, publicKey, owner === 'loopback' ? [IS_LOOPBACK] : []),
      };
    },
  };
}

function createCertificate(
  issuer: { readonly name: string; readonly key: KeyObject },
  serial: number,
  subject: string,
  publicKey: KeyObject,
  extensions: readonly Buffer[],
): string {
  const content = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([serial])),
    ECDSA_WITH_SHA256,
    toName(issuer.name),
    VALIDITY,
    toName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length === 0 ? [] : [der(0xa3, sequence(...extensions))]),
  );
  const signature = der(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', content, issuer.key)]));
  const base64 = sequence(content, ECDSA_WITH_SHA256, signature).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${base64.match(/.{1,64}/g)?.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** A distinguished name of a common name alone. */
function toName(commonName: string): Buffer {
  const attribute = sequence(Buffer.from('0603550403', 'hex'), der(0x0c, Buffer.from(commonName)));
  return sequence(der(0x31, attribute));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
