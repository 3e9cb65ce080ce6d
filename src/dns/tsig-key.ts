import { ZonecutError } from '../error.ts';
import { Secret } from '../secret.ts';
import { parseBase64 } from './fields.ts';
import { type Name, parseName } from './name.ts';
import { shown } from './text.ts';

/**
 * An algorithm of TSIG by its name on the wire (RFC 8945 section 6); the last three cut their MAC in half.
 *
 * BIND does not know the last three: its `hmac-sha256-128` is `hmac-sha256` with a MAC cut to 128 bits, which is what
 * `parseTsigKey` and `parseTsigKeyFile` make of it.
 *
 * `hmac-sha1` and `hmac-sha224` are verified, and answered with, but no request is signed with them (RFC 8945 table 1 has
 * SHA-1 as "not recommended"). hmac-md5 is not known (RFC 8945 section 6: must not be used).
 */
export type TsigAlgorithm =
  | 'hmac-sha1'
  | 'hmac-sha224'
  | 'hmac-sha256'
  | 'hmac-sha384'
  | 'hmac-sha512'
  | 'hmac-sha256-128'
  | 'hmac-sha384-192'
  | 'hmac-sha512-256';

/** The least octets that a truncated MAC may have (RFC 8945 section 5.2.2.1), and never less than half of the whole. */
export const leastTsigMacOctets = 10;

/** A key of TSIG that both sides share. */
export interface TsigKey {
  readonly name: Name;
  readonly algorithm: TsigAlgorithm;
  /** The key in base64 (RFC 4648 section 4), 1 octet at least; checked by `makeTsigKey`. */
  readonly secret: Secret;
  /** Octets to which MACs are truncated when signing; null for those of the algorithm (RFC 8945 section 5.2.2.1). */
  readonly macOctets: number | null;
}

/** For this room: what an algorithm computes. */
export interface TsigHash {
  /** As node:crypto names it. */
  readonly hash: string;
  /** Octets of the whole MAC. */
  readonly octets: number;
  /** Octets of the MAC as the algorithm sends it: fewer for the truncated ones (RFC 8945 section 6). */
  readonly sent: number;
  /** Whether requests are signed with it. */
  readonly signs: boolean;
}

const hashes: Readonly<Record<TsigAlgorithm, TsigHash>> = {
  'hmac-sha1': { hash: 'sha1', octets: 20, sent: 20, signs: false },
  'hmac-sha224': { hash: 'sha224', octets: 28, sent: 28, signs: false },
  'hmac-sha256': { hash: 'sha256', octets: 32, sent: 32, signs: true },
  'hmac-sha384': { hash: 'sha384', octets: 48, sent: 48, signs: true },
  'hmac-sha512': { hash: 'sha512', octets: 64, sent: 64, signs: true },
  'hmac-sha256-128': { hash: 'sha256', octets: 32, sent: 16, signs: true },
  'hmac-sha384-192': { hash: 'sha384', octets: 48, sent: 24, signs: true },
  'hmac-sha512-256': { hash: 'sha512', octets: 64, sent: 32, signs: true },
};

const algorithms: ReadonlyMap<string, TsigAlgorithm> = new Map<string, TsigAlgorithm>([
  ['hmac-sha1', 'hmac-sha1'],
  ['hmac-sha224', 'hmac-sha224'],
  ['hmac-sha256', 'hmac-sha256'],
  ['hmac-sha384', 'hmac-sha384'],
  ['hmac-sha512', 'hmac-sha512'],
  ['hmac-sha256-128', 'hmac-sha256-128'],
  ['hmac-sha384-192', 'hmac-sha384-192'],
  ['hmac-sha512-256', 'hmac-sha512-256'],
]);

/** Every algorithm of TSIG that is verified. */
export const tsigAlgorithms: readonly TsigAlgorithm[] = [...algorithms.values()];

/** For this room: what `algorithm` computes. */
export function tsigHash(algorithm: TsigAlgorithm): TsigHash {
  return hashes[algorithm];
}

/** For this room: the name that stands for `algorithm` in a TSIG record. */
export function tsigAlgorithmName(algorithm: TsigAlgorithm): Name {
  return parseName(algorithm);
}

/** For this room: the algorithm that a name in a TSIG record stands for; null when it is not known. */
export function tsigAlgorithmNamed(name: Name): TsigAlgorithm | null {
  return algorithms.get(name.slice(0, -1)) ?? null;
}

/** For this room: the octets of the key, for the HMAC only. */
export function octetsOfTsigSecret(key: TsigKey): Uint8Array {
  return parseBase64(key.secret.reveal(), 'the secret');
}

/**
 * The key of TSIG with this name, algorithm and secret (base64, as a string or a Secret).
 *
 * `macOctets` truncates what is signed with it. Throws ZC_USAGE on an algorithm that is not known, on a secret that is no
 * base64 or empty and on a MAC shorter than 10 octets or half of the whole (RFC 8945 section 5.2.2.1); ZC_NAME on the name.
 */
export function makeTsigKey(
  name: string,
  algorithm: string,
  secret: string | Secret,
  macOctets: number | null = null,
): TsigKey {
  const known = algorithms.get(algorithm.toLowerCase().replace(/\.$/, ''));
  if (known === undefined) {
    throw new ZonecutError('ZC_USAGE', `no algorithm of TSIG is called ${shown(algorithm)}`, {
      hint: `Use one of ${tsigAlgorithms.join(', ')}.`,
    });
  }
  const { octets } = hashes[known];
  if (macOctets !== null && !(macOctets >= Math.max(leastTsigMacOctets, octets / 2) && macOctets <= octets)) {
    throw new ZonecutError(
      'ZC_USAGE',
      `a MAC of ${macOctets} octets, ${Math.max(leastTsigMacOctets, octets / 2)} to ${octets} are allowed with ${known}`,
    );
  }
  const hidden = typeof secret === 'string' ? new Secret(secret.replace(/\s+/g, '')) : secret;
  const text = hidden.reveal();
  if (text === '' || text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) {
    throw new ZonecutError('ZC_USAGE', `the secret of the TSIG key ${shown(name)} is not base64`, {
      hint: 'Give it as tsig-keygen prints it, with the "=" at its end.',
    });
  }
  return { name: parseName(name), algorithm: known, secret: hidden, macOctets };
}

/** As `makeTsigKey`, with an algorithm in BIND's words: bits behind the hash say to how many the MAC is cut. */
function keyInBindsWords(name: string, algorithm: string, secret: string): TsigKey {
  const cut = /^(hmac-sha\d+)-(\d+)$/i.exec(algorithm);
  if (cut === null) return makeTsigKey(name, algorithm, secret);
  return makeTsigKey(name, cut[1] ?? '', secret, Number(cut[2]) / 8);
}

/**
 * Reads a key as dig and nsupdate take it behind `-y`: `algorithm:name:base64`, or `name:base64` for hmac-sha256.
 *
 * Throws ZC_USAGE, whose sentence never shows the secret, and ZC_NAME.
 */
export function parseTsigKey(text: string): TsigKey {
  const parts = text.trim().split(':');
  const [first, second, third] = parts;
  if (parts.length === 3 && first !== undefined && second !== undefined && third !== undefined) {
    return keyInBindsWords(second, first, third);
  }
  if (parts.length === 2 && first !== undefined && second !== undefined) {
    return makeTsigKey(first, 'hmac-sha256', second);
  }
  throw new ZonecutError(
    'ZC_USAGE',
    `a TSIG key has 2 or 3 parts with ":" between them, not ${parts.length}`,
    {
      hint: 'Write algorithm:name:base64, such as hmac-sha256:update-key:c2VjcmV0...',
    },
  );
}

/**
 * The keys of a file in the syntax of named.conf: `key "name" { algorithm hmac-sha256; secret "base64"; };`
 *
 * In the order of the file; other statements are not allowed. Comments (`//`, `#`, C's) are passed over.
 * Throws ZC_USAGE when there is no key or something else stands there, ZC_NAME for a name.
 */
export function parseTsigKeyFile(text: string): readonly TsigKey[] {
  const words = wordsOfConfiguration(text);
  const keys: TsigKey[] = [];
  let at = 0;
  const expect = (word: string): void => {
    if (words[at] !== word) throw keyFileFault(`${shown(word)} was expected after word ${at}`);
    at += 1;
  };
  while (at < words.length) {
    expect('key');
    const name = words[at] ?? '';
    at += 1;
    expect('{');
    const clauses = new Map<string, string>();
    while (at < words.length && words[at] !== '}') {
      clauses.set(words[at] ?? '', words[at + 1] ?? '');
      at += 2;
      expect(';');
    }
    expect('}');
    if (words[at] === ';') at += 1;
    const [algorithm, secret] = [clauses.get('algorithm'), clauses.get('secret')];
    if (algorithm === undefined || secret === undefined) {
      throw keyFileFault(`the key ${shown(name)} lacks its algorithm or its secret`);
    }
    keys.push(keyInBindsWords(name, algorithm, secret));
  }
  if (keys.length === 0) throw keyFileFault('no key statement');
  return keys;
}

function keyFileFault(sentence: string): ZonecutError {
  return new ZonecutError('ZC_USAGE', `this is no key file of TSIG: ${sentence}`, {
    hint: 'tsig-keygen prints one: key "name" { algorithm hmac-sha256; secret "..."; };',
  });
}

/** Words, braces and semicolons of named.conf's syntax; quotes are taken off. */
function wordsOfConfiguration(text: string): readonly string[] {
  const pattern = /\/\*[\s\S]*?\*\/|(?:\/\/|#)[^\n]*|"([^"]*)"|([{};])|([^\s{};"]+)/g;
  return [...text.matchAll(pattern)].flatMap(([, quoted, mark, word]) => {
    const found = quoted ?? mark ?? word;
    return found === undefined ? [] : [found];
  });
}
