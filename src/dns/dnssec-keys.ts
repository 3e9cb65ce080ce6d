import { createPrivateKey, type KeyObject } from 'node:crypto';
import { ZonecutError } from '../error.ts';
import {
  type Dnskey,
  dnskeyOf,
  isZoneKey,
  keyTagOf,
  rdataOfDnskey,
  secureEntryPointFlag,
  zoneKeyFlag,
} from './dnssec.ts';
import {
  base64url,
  isAlgorithmForSigning,
  isAlgorithmKnown,
  privateKeyOf,
  publicKeyOctets,
  publicKeyOf,
} from './dnssec-algorithms.ts';
import { parseBase64 } from './fields.ts';
import type { Rdata, RRset } from './record.ts';
import { shown } from './text.ts';

/** One key of a DNSKEY RRset, its public key read when it is first needed. */
export interface ZoneKey extends Dnskey {
  /** The data of the DNSKEY record. */
  readonly rdata: Rdata;
  readonly keyTag: number;
  /** The key for node:crypto; null when the octets are no key of the algorithm or the algorithm is not known. */
  publicKeyObject(): KeyObject | null;
}

const keySets = new WeakMap<RRset, readonly ZoneKey[]>();

/** The keys of a DNSKEY RRset that may verify signatures (zone keys of protocol 3, not revoked); read once per RRset. */
export function zoneKeysOf(rrset: RRset<'DNSKEY'>): readonly ZoneKey[] {
  const known = keySets.get(rrset);
  if (known !== undefined) return known;
  const keys = rrset.data.flatMap(rdata => {
    const key = dnskeyOf(rdata);
    return isZoneKey(key) ? [zoneKey(rdata, key)] : [];
  });
  keySets.set(rrset, keys);
  return keys;
}

function zoneKey(rdata: Rdata, key: Dnskey): ZoneKey {
  let object: KeyObject | null | undefined;
  return {
    ...key,
    rdata,
    keyTag: keyTagOf(rdata),
    publicKeyObject: () => {
      if (object === undefined) object = publicKeyOf(key.algorithm, key.publicKey);
      return object;
    },
  };
}

/** The public key of the data of a DNSKEY record as node:crypto takes it; null as `ZoneKey.publicKeyObject` says. */
export function keyObjectOf(dnskey: Rdata): KeyObject | null {
  const { algorithm, publicKey } = dnskeyOf(dnskey);
  return publicKeyOf(algorithm, publicKey);
}

/**
 * The data of the DNSKEY record for a key of node:crypto, public or private.
 *
 * Throws ZC_USAGE when the key is none of `algorithm`.
 */
export function dnskeyOfKeyObject(key: KeyObject, algorithm: number, flags: number): Rdata {
  return rdataOfDnskey({ flags, protocol: 3, algorithm, publicKey: publicKeyOctets(algorithm, key) });
}

/** A key that signs a zone. */
export interface SigningKey {
  /** The data of its DNSKEY record. */
  readonly dnskey: Rdata;
  readonly keyTag: number;
  readonly algorithm: number;
  /** Whether it is a secure entry point, which signs the keys (key-signing key). */
  readonly secureEntryPoint: boolean;
  readonly privateKey: KeyObject;
}

/** How `makeSigningKey` makes its DNSKEY. */
export interface SigningKeyOptions {
  /** 13 for P-256, 14 for P-384, 15 for Ed25519, 16 for Ed448 and 8 for RSA unless given; 10 is RSA too. */
  readonly algorithm?: number;
  /** Whether the DNSKEY has the flag of a secure entry point (257 rather than 256). */
  readonly secureEntryPoint: boolean;
}

/** A key for signing made of a private key of node:crypto. Throws ZC_USAGE when DNSSEC has no algorithm for it. */
export function makeSigningKey(privateKey: KeyObject, options: SigningKeyOptions): SigningKey {
  const algorithm = options.algorithm ?? usualAlgorithm(privateKey);
  const flags = zoneKeyFlag | (options.secureEntryPoint ? secureEntryPointFlag : 0);
  return signingKeyOf(dnskeyOfKeyObject(privateKey, algorithm, flags), privateKey);
}

/**
 * A key for signing made of the data of its DNSKEY record and its private key, such as the two files of dnssec-keygen hold.
 *
 * Throws ZC_USAGE when they do not belong together, when the DNSKEY is no zone key or is revoked, and for algorithms 5, 7
 * and those that are not known.
 */
export function signingKeyOf(dnskey: Rdata, privateKey: KeyObject): SigningKey {
  const key = dnskeyOf(dnskey);
  if (privateKey.type !== 'private') {
    throw new ZonecutError('ZC_USAGE', `a ${privateKey.type} key signs nothing`);
  }
  if (!isAlgorithmForSigning(key.algorithm)) {
    throw new ZonecutError('ZC_USAGE', `nothing is signed with DNSSEC algorithm ${key.algorithm}`, {
      hint: 'Use 13 (ECDSA P-256) or 15 (Ed25519).',
    });
  }
  if (!isZoneKey(key)) {
    throw new ZonecutError(
      'ZC_USAGE',
      `a DNSKEY with flags ${key.flags} and protocol ${key.protocol} signs no zone`,
    );
  }
  if (Buffer.compare(publicKeyOctets(key.algorithm, privateKey), key.publicKey) !== 0) {
    throw new ZonecutError(
      'ZC_USAGE',
      `the private key is not that of the DNSKEY with tag ${keyTagOf(dnskey)}`,
    );
  }
  return {
    dnskey,
    keyTag: keyTagOf(dnskey),
    algorithm: key.algorithm,
    secureEntryPoint: (key.flags & secureEntryPointFlag) !== 0,
    privateKey,
  };
}

function usualAlgorithm(key: KeyObject): number {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return 8;
    case 'ed25519':
      return 15;
    case 'ed448':
      return 16;
    default:
      return key.asymmetricKeyDetails?.namedCurve === 'secp384r1' ? 14 : 13;
  }
}

/** The members of an RSA key in a private key file, and in a JSON Web Key (RFC 7518 section 6.3). */
const rsaFields = [
  ['modulus', 'n'],
  ['publicexponent', 'e'],
  ['privateexponent', 'd'],
  ['prime1', 'p'],
  ['prime2', 'q'],
  ['exponent1', 'dp'],
  ['exponent2', 'dq'],
  ['coefficient', 'qi'],
] as const;

/**
 * Reads a private key file of BIND (`K*.private`, "Private-key-format: v1.2" or v1.3) of algorithm 5, 7, 8, 10 or 13 to 16.
 *
 * Throws ZC_USAGE on anything else; the sentence never shows the key.
 */
export function parsePrivateKeyFile(text: string): {
  readonly algorithm: number;
  readonly privateKey: KeyObject;
} {
  const fields = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  const version = fields.get('private-key-format') ?? '';
  if (!/^v1\.\d+$/.test(version)) {
    throw fileFault(
      version === '' ? 'the line "Private-key-format" is missing' : `its format is ${shown(version)}`,
    );
  }
  const algorithm = Number(/^\d+/.exec(fields.get('algorithm') ?? '')?.[0] ?? Number.NaN);
  if (!isAlgorithmKnown(algorithm))
    throw fileFault(`its algorithm is ${shown(fields.get('algorithm') ?? '')}`);
  try {
    const privateKey = fields.has('modulus')
      ? rsaPrivateKey(fields)
      : privateKeyOf(algorithm, octetsOfField(fields, 'privatekey'));
    return { algorithm, privateKey };
  } catch {
    // Without the cause: what node:crypto or the parser of base64 says might show the key.
    throw fileFault(`its fields are no key of algorithm ${algorithm}`);
  }
}

function octetsOfField(fields: ReadonlyMap<string, string>, name: string): Uint8Array {
  return parseBase64(fields.get(name) ?? '*', name);
}

function rsaPrivateKey(fields: ReadonlyMap<string, string>): KeyObject {
  const members = rsaFields.map(
    ([field, member]) => [member, base64url(octetsOfField(fields, field))] as const,
  );
  return createPrivateKey({ key: { kty: 'RSA', ...Object.fromEntries(members) }, format: 'jwk' });
}

function fileFault(sentence: string): ZonecutError {
  return new ZonecutError('ZC_USAGE', `this is no private key file of BIND: ${sentence}`, {
    hint: 'dnssec-keygen writes it beside the public key, as K<zone>+<algorithm>+<tag>.private.',
  });
}
