import { ZonecutError } from '../error.ts';
import {
  base64Text,
  type Field,
  hexText,
  parseBase64,
  parseHex,
  parseInteger,
  rdataFault,
} from './fields.ts';
import { isTypeText, typeMnemonic, typeNumber } from './iana.ts';
import type { OctetReader } from './octets.ts';
import type { TokenReader } from './text.ts';

/** Mnemonics of DNSSEC algorithms that text may use for their numbers (registry "DNS Security Algorithm Numbers"). */
// biome-ignore format: a table
const algorithms: Readonly<Record<string, number>> = {
  DELETE: 0, RSAMD5: 1, DH: 2, DSA: 3, ECC: 4, RSASHA1: 5, 'DSA-NSEC3-SHA1': 6, NSEC3DSA: 6, 'RSASHA1-NSEC3-SHA1': 7,
  NSEC3RSASHA1: 7, RSASHA256: 8, RSASHA512: 10, 'ECC-GOST': 12, ECCGOST: 12, ECDSAP256SHA256: 13, ECDSAP384SHA384: 14,
  ED25519: 15, ED448: 16, SM2SM3: 17, 'ECC-GOST12': 23, INDIRECT: 252, PRIVATEDNS: 253, PRIVATEOID: 254,
};

/** The mnemonic of a DNSSEC algorithm, such as `ECDSAP256SHA256`; the number in words where it has none here. */
export function algorithmMnemonic(algorithm: number): string {
  const found = Object.entries(algorithms).find(([, number]) => number === algorithm);
  return found === undefined ? `algorithm ${algorithm}` : found[0];
}

/** Mnemonics of DS digest types that text may use for their numbers. */
const digestTypes: Readonly<Record<string, number>> = {
  'SHA-1': 1,
  SHA1: 1,
  'SHA-256': 2,
  SHA256: 2,
  GOST: 3,
  'SHA-384': 4,
  SHA384: 4,
};

/** Kinds of certificates (RFC 4398 section 2.1). */
const certificateTypes: Readonly<Record<string, number>> = {
  PKIX: 1,
  SPKI: 2,
  PGP: 3,
  IPKIX: 4,
  ISPKI: 5,
  IPGP: 6,
  ACPKIX: 7,
  IACPKIX: 8,
  URI: 253,
  OID: 254,
};

function numberOrWord(
  text: string,
  words: Readonly<Record<string, number>>,
  limit: number,
  what: string,
): number {
  const upper = text.toUpperCase();
  return Object.hasOwn(words, upper) ? (words[upper] ?? 0) : parseInteger(text, limit, what);
}

/** A DNSSEC algorithm of 1 octet; printed as its number (RFC 4034 section 2.2). */
export const algorithm: Field = {
  read: from => String(from.u8()),
  write: (from, to) => to.u8(numberOrWord(from.word('the algorithm'), algorithms, 255, 'the algorithm')),
};

/** The kind of a certificate, printed as its mnemonic (RFC 4398 section 2.2). */
export const certificateType: Field = {
  read: from => {
    const number = from.u16();
    return Object.entries(certificateTypes).find(([, value]) => value === number)?.[0] ?? String(number);
  },
  write: (from, to) =>
    to.u16(numberOrWord(from.word('the certificate type'), certificateTypes, 0xffff, 'the certificate type')),
};

/** Octets of a digest by its type; others are free (RFC 4034 section 5.1.4, RFC 4509, RFC 6605). */
const dsDigestOctets: Readonly<Record<number, number>> = { 1: 20, 2: 32, 4: 48 };

/** Octets of a fingerprint by its type (RFC 4255 section 3.1.2, RFC 6594). */
const fingerprintOctets: Readonly<Record<number, number>> = { 1: 20, 2: 32 };

/** Octets of a digest by its hash algorithm (RFC 8976 section 2.2.3). */
const zonemdOctets: Readonly<Record<number, number>> = { 1: 48, 2: 64 };

/** A type of digest in 1 octet and the digest up to the end, whose length must be the type's. */
function digestOf(
  what: string,
  lengths: Readonly<Record<number, number>>,
  words: Readonly<Record<string, number>>,
  least: number,
): Field {
  const check = (type: number, length: number): string | null => {
    const exact = lengths[type];
    if (exact !== undefined && length !== exact)
      return `${what} of type ${type} is ${length} octets, ${exact} are needed`;
    return length < least ? `${what} is ${length} octets, ${least} at least` : null;
  };
  return {
    read: from => {
      const type = from.u8();
      const octets = from.rest();
      const fault = check(type, octets.length);
      if (fault !== null) throw from.fault(fault);
      return octets.length === 0 ? String(type) : `${type} ${hexText(octets)}`;
    },
    write: (from, to) => {
      const type = numberOrWord(from.word(`the type of ${what}`), words, 255, `the type of ${what}`);
      const octets = parseHex(from.joined(what), what);
      const fault = check(type, octets.length);
      if (fault !== null) throw new ZonecutError('ZC_RDATA', fault);
      to.u8(type);
      to.bytes(octets);
    },
  };
}

/** The digest type and digest of DS and CDS. */
export const dsDigest: Field = digestOf('the digest', dsDigestOctets, digestTypes, 1);
/** The fingerprint type and fingerprint of SSHFP. */
export const fingerprint: Field = digestOf('the fingerprint', fingerprintOctets, {}, 0);
/** The hash algorithm and digest of ZONEMD. */
export const zonemdDigest: Field = digestOf('the digest', zonemdOctets, {}, 12);

/** A time in seconds since 1970 modulo 2^32, as YYYYMMDDHHmmSS (RFC 4034 section 3.2); plain seconds are taken too. */
export function time(what: string): Field {
  return {
    read: from => timeText(from.u32()),
    write: (from, to) => to.u32(parseTime(from.word(what), what)),
  };
}

/** The date of a day counted from 1970-01-01, in the proleptic Gregorian calendar, as YYYYMMDD. */
function dateText(day: number): string {
  // Years begin in March here, so that the day that comes and goes is the last of the year.
  const shifted = day + 719468;
  const era = Math.floor(shifted / 146097);
  const dayOfEra = shifted - era * 146097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const dayOfMonth = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return String(year * 10000 + month * 100 + dayOfMonth);
}

function timeText(seconds: number): string {
  const inDay = seconds % 86400;
  const clock = Math.floor(inDay / 3600) * 10000 + (Math.floor(inDay / 60) % 60) * 100 + (inDay % 60);
  return dateText(Math.floor(seconds / 86400)) + String(clock).padStart(6, '0');
}

function parseTime(text: string, what: string): number {
  if (!/^\d{14}$/.test(text)) return parseInteger(text, 0xffffffff, what);
  const iso = text.replace(/^(....)(..)(..)(..)(..)(..)$/, '$1-$2-$3T$4:$5:$6.000Z');
  const date = new Date(iso);
  if (Number.isNaN(date.getTime()) || date.toISOString() !== iso)
    throw rdataFault(`${what} is YYYYMMDDHHmmSS`, text);
  return (((date.getTime() / 1000) % 0x100000000) + 0x100000000) % 0x100000000;
}

const base32Digits = '0123456789abcdefghijklmnopqrstuv';

/** `octets` in base32hex without padding, lower case (RFC 4648 section 7, RFC 5155 section 3.3). */
export function base32Text(octets: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const octet of octets) {
    held = ((held << 8) | octet) & 0xffff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += base32Digits[(held >> bits) & 31];
    }
  }
  return bits > 0 ? text + base32Digits[(held << (5 - bits)) & 31] : text;
}

/** The octets of a text in base32hex without padding. Throws ZC_RDATA. */
export function parseBase32(text: string, what: string): Uint8Array {
  const octets: number[] = [];
  let bits = 0;
  let held = 0;
  for (const character of text.toLowerCase()) {
    const digit = base32Digits.indexOf(character);
    if (digit === -1) throw rdataFault(`${what} is base32hex without padding (RFC 5155 section 3.3)`, text);
    held = ((held << 5) | digit) & 0xffff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      octets.push((held >> bits) & 255);
    }
  }
  if ([1, 3, 6].includes(text.length % 8) || (held & ((1 << bits) - 1)) !== 0) {
    throw rdataFault(`${what} is base32hex of whole octets`, text);
  }
  return Uint8Array.from(octets);
}

/** The salt of NSEC3: an octet of length and hexadecimal, `-` when there is none (RFC 5155 section 3.3). */
export const salt: Field = {
  read: from => hexText(from.string()) || '-',
  write: (from, to) => {
    const text = from.word('the salt');
    const octets = text === '-' ? new Uint8Array() : parseHex(text, 'the salt');
    if (octets.length > 255)
      throw new ZonecutError('ZC_RDATA', `the salt is ${octets.length} octets, 255 at most`);
    to.u8(octets.length);
    to.bytes(octets);
  },
};

/** A hash is one label of an owner: 63 digits of base32hex hold 39 octets (RFC 5155 section 3). */
const maxHashOctets = 39;

function hashFault(octets: number): string {
  return `a hash of ${octets} octets, 1 to ${maxHashOctets} are allowed (RFC 5155 section 3)`;
}

/** The next hashed owner of NSEC3: an octet of length, 1 at least, and base32hex. */
export const nextHash: Field = {
  read: from => {
    const octets = from.string();
    if (octets.length === 0 || octets.length > maxHashOctets) throw from.fault(hashFault(octets.length));
    return base32Text(octets);
  },
  write: (from, to) => {
    const octets = parseBase32(from.word('the next hash'), 'the next hash');
    if (octets.length === 0 || octets.length > maxHashOctets) {
      throw new ZonecutError('ZC_RDATA', hashFault(octets.length));
    }
    to.u8(octets.length);
    to.bytes(octets);
  },
};

/** What is wrong with the start of a key of a private algorithm, null when nothing is (RFC 4034 appendix A.1.1). */
export function privateKeyFault(number: string | undefined, text: string | undefined): string | null {
  if (number !== '253' && number !== '254') return null;
  const octets = Uint8Array.from(Buffer.from(text ?? '', 'base64'));
  if (number === '253') {
    let at = 0;
    for (let length = octets[0]; length !== 0; length = octets[at]) {
      if (length === undefined || length > 63)
        return 'a key of algorithm 253 that does not begin with a name';
      at += length + 1;
    }
    return null;
  }
  const length = octets[0] ?? 0;
  const last = octets[length];
  const good = length > 2 && octets[1] === 6 && octets[2] === length - 2 && last !== undefined && last < 0x80;
  return good ? null : 'a key of algorithm 254 that does not begin with an object identifier';
}

/** The type bit map up to the end (RFC 4034 section 4.1.2); `least` is 1 where a map without types is no legal data. */
export function typeBitmap(least: 0 | 1): Field {
  return {
    read: from => {
      const types = readBitmap(from);
      if (types.length < least) throw from.fault('a bit map without types');
      let text = '';
      for (const type of types) text += text === '' ? typeMnemonic(type) : ` ${typeMnemonic(type)}`;
      return text;
    },
    write: (from, to) => {
      const windows = windowsOf(typesLeft(from));
      if (windows.size < least) throw new ZonecutError('ZC_RDATA', 'the data ends where a type was expected');
      for (const [window, octets] of [...windows].sort(([a], [b]) => a - b)) {
        const length = octets.findLastIndex(octet => octet !== 0) + 1;
        to.u8(window);
        to.u8(length);
        to.bytes(octets.subarray(0, length));
      }
    },
  };
}

function readBitmap(from: OctetReader): readonly number[] {
  const types: number[] = [];
  let last = -1;
  while (from.left > 0) {
    const window = from.u8();
    const length = from.u8();
    if (window <= last) throw from.fault(`window ${window} of a bit map after window ${last}: they ascend`);
    if (length < 1 || length > 32)
      throw from.fault(`a window of a bit map of ${length} octets, 1 to 32 are allowed`);
    const octets = from.take(length);
    from.spend(bitsIn(octets));
    if (octets[length - 1] === 0) throw from.fault('a window of a bit map that ends in a zero octet');
    last = window;
    for (const [at, octet] of octets.entries()) {
      for (let bit = 0; bit < 8; bit += 1)
        if ((octet & (0x80 >> bit)) !== 0) types.push(window * 256 + at * 8 + bit);
    }
  }
  return types;
}

/** How many bits are set. */
export function bitsIn(octets: Uint8Array): number {
  let bits = 0;
  for (const octet of octets) for (let rest = octet; rest !== 0; rest &= rest - 1) bits += 1;
  return bits;
}

function typesLeft(from: TokenReader): readonly number[] {
  const types: number[] = [];
  while (!from.done) {
    const text = from.word('a type');
    if (!isTypeText(text)) throw rdataFault('a bit map lists the mnemonics of types', text);
    types.push(typeNumber(text));
  }
  return types;
}

/** As `typesLeft`; before RFC 3597 a type without a mnemonic was its plain number, and BIND writes it so still. */
function oldTypesLeft(from: TokenReader): readonly number[] {
  const types: number[] = [];
  while (!from.done) {
    const text = from.word('a type');
    types.push(isTypeText(text) ? typeNumber(text) : parseInteger(text, 127, 'a type'));
  }
  return types;
}

function windowsOf(types: readonly number[]): Map<number, Uint8Array> {
  const windows = new Map<number, Uint8Array>();
  for (const type of types) {
    const octets = windows.get(type >> 8) ?? new Uint8Array(32);
    const at = (type & 255) >> 3;
    octets[at] = (octets[at] ?? 0) | (0x80 >> (type & 7));
    windows.set(type >> 8, octets);
  }
  return windows;
}

/** The bit map of NXT: types 1 to 127 in one run of octets (RFC 2535 section 5.2). */
export const oldBitmap: Field = {
  read: from => {
    const octets = from.rest();
    if (octets.length > 16 || octets[octets.length - 1] === 0) {
      throw from.fault('a bit map of NXT that is over 16 octets or ends in a zero octet');
    }
    const types: string[] = [];
    for (let type = 0; type < octets.length * 8; type += 1) {
      if (((octets[type >> 3] ?? 0) & (0x80 >> (type & 7))) !== 0) types.push(typeMnemonic(type));
    }
    return types.join(' ');
  },
  write: (from, to) => {
    const octets = new Uint8Array(16);
    for (const type of oldTypesLeft(from)) {
      if (type > 127)
        throw new ZonecutError('ZC_RDATA', `NXT lists types up to 127, not ${typeMnemonic(type)}`);
      octets[type >> 3] = (octets[type >> 3] ?? 0) | (0x80 >> (type & 7));
    }
    to.bytes(octets.subarray(0, octets.findLastIndex(octet => octet !== 0) + 1));
  },
};

/** Octets with their length in 2 octets before them: text is the length, and base64 when it is not 0 (TSIG, TKEY). */
export function sized(what: string): Field {
  return {
    read: from => {
      const octets = from.take(from.u16());
      return octets.length === 0 ? '0' : `${octets.length} ${base64Text(octets)}`;
    },
    write: (from, to) => {
      const length = parseInteger(from.word(`the length of ${what}`), 0xffff, `the length of ${what}`);
      const octets = length === 0 ? new Uint8Array() : parseBase64(from.word(what), what);
      if (octets.length !== length) {
        throw new ZonecutError(
          'ZC_RDATA',
          `${what} is ${octets.length} octets and its length says ${length}`,
        );
      }
      to.u16(length);
      to.bytes(octets);
    },
  };
}
