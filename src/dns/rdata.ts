import { invariant, isZonecutError, ZonecutError } from '../error.ts';
import { ipv4Value } from './address.ts';
import { hexText, noText, parseHex, parseInteger } from './fields.ts';
import { type Name, nameOfCanonicalText, parseName, rootName } from './name.ts';
import { OctetReader, OctetWriter } from './octets.ts';
import { type Format, formats } from './rdata-types.ts';
import type { Rdata, RRType } from './record.ts';
import { ruleOf, withRule } from './rules.ts';
import { octetsOfText, type Token, TokenReader, tokensOf } from './text.ts';

/** Octets that the data of one record can have (RFC 1035 section 3.2.1). */
export const maxRdataOctets = 65535;

function trusted(text: string): Rdata {
  return text as Rdata;
}

/**
 * Reads the data of one record from presentation text, as a zone file or a vendor's API gives it.
 *
 * Relative names get `origin`; without one they are taken as absolute. `\# n hex` is taken for every type (RFC 3597
 * section 5) and must be legal data of the type. Throws ZC_RDATA, or ZC_NAME for a name in it.
 */
export function parseRdata(type: RRType, text: string, origin?: Name): Rdata {
  let tokens: TokenReader | null = null;
  try {
    tokens = new TokenReader(tokensOf(text), origin ?? null);
    return rdataFromTokens(type, tokens);
  } catch (error) {
    throw withRule(withColumn(error, tokens?.last ?? tokens?.peek() ?? null), ruleOf(type));
  }
}

/** `error` with the column of the token at which reading ended. */
function withColumn(error: unknown, token: Token | null): unknown {
  if (!isZonecutError(error) || error.code === 'ZC_INTERNAL' || token === null) return error;
  const hint = error.hint === null ? {} : { hint: error.hint };
  return new ZonecutError(error.code, `${error.message}, at column ${token.column}`, {
    ...hint,
    cause: error,
  });
}

/** For the zone file: as `parseRdata`, of tokens; all of them are taken. Throws ZC_RDATA or ZC_NAME. */
export function rdataFromTokens(type: RRType, tokens: TokenReader): Rdata {
  try {
    const octets = isGeneric(tokens.peek()) ? genericOctets(tokens) : octetsFromTokens(type, tokens);
    if (octets.length > maxRdataOctets) {
      throw new ZonecutError('ZC_RDATA', `the data is ${octets.length} octets, ${maxRdataOctets} at most`);
    }
    return rdataFromOctets(type, octets);
  } catch (error) {
    throw withRule(error, ruleOf(type));
  }
}

function octetsFromTokens(type: RRType, tokens: TokenReader): Uint8Array {
  const format = formats.get(type);
  if (format === undefined) {
    throw new ZonecutError('ZC_RDATA', `${type} has no text form that zonecut knows`, {
      hint: 'Write the octets as \\# LENGTH HEX (RFC 3597 section 5).',
    });
  }
  const writer = new OctetWriter();
  writeFields(format, tokens, writer);
  return writer.octets();
}

function writeFields(format: Format, tokens: TokenReader, to: OctetWriter): void {
  for (const field of format.fields) field.write(tokens, to);
  if (!tokens.done) {
    // Taken, so that the place of the error is its own.
    const extra = tokens.next('nothing');
    throw new ZonecutError(
      'ZC_RDATA',
      `more than the type has fields for: ${JSON.stringify(extra.text.slice(0, 100))}`,
    );
  }
}

function isGeneric(token: Token | null): boolean {
  return token !== null && !token.quoted && token.text === '\\#';
}

function genericOctets(tokens: TokenReader): Uint8Array {
  tokens.next('\\#');
  const length = parseInteger(tokens.word('the length'), maxRdataOctets, 'the length');
  const octets = parseHex(tokens.joined('the data'), 'the data');
  if (octets.length !== length) {
    throw new ZonecutError('ZC_RDATA', `\\# says ${length} octets and ${octets.length} follow`);
  }
  return octets;
}

/** `octets` in the form of RFC 3597 section 5. */
export function genericText(octets: Uint8Array): string {
  return octets.length === 0 ? '\\# 0' : `\\# ${octets.length} ${hexText(octets)}`;
}

/** For messages: data of a class or an operation in which the type's format does not hold. */
export function genericRdata(octets: Uint8Array): Rdata {
  return trusted(genericText(octets));
}

/**
 * Reads the data of one record from its octets, uncompressed; types without a known format become `\# n hex`.
 *
 * Throws ZC_RDATA when the octets are not exactly one legal value of the type.
 */
export function rdataFromOctets(type: RRType, octets: Uint8Array): Rdata {
  return readRdata(type, new OctetReader(octets, 'ZC_RDATA'));
}

/**
 * For messages: reads the data that fills `from` up to its bound, with the compression that the type allows.
 *
 * Throws the reader's code.
 */
export function readRdata(type: RRType, from: OctetReader): Rdata {
  try {
    return readFields(type, from);
  } catch (error) {
    throw withRule(error, ruleOf(type));
  }
}

function readFields(type: RRType, from: OctetReader): Rdata {
  const format = formats.get(type);
  const start = from.at;
  if (format === undefined || (from.left === 0 && format.empty === true)) return genericRdata(from.rest());
  const parts: string[] = [];
  try {
    const [only] = format.fields;
    if (only !== undefined && format.fields.length === 1 && format.check === undefined) {
      const text = only.read(from);
      if (from.left > 0) throw extraOctets(type, from);
      return trusted(text);
    }
    for (const field of format.fields) {
      const text = field.read(from);
      if (text !== '') parts.push(text);
    }
  } catch (error) {
    if (error !== noText) throw error;
    from.at = start;
    return genericRdata(from.rest());
  }
  if (from.left > 0) throw extraOctets(type, from);
  const fault = format.check?.(parts) ?? null;
  if (fault !== null) throw from.fault(fault);
  // Joined piece by piece the text shares its parts: a message can name one long name thousands of times.
  let text = parts[0] ?? '';
  for (let at = 1; at < parts.length; at += 1) text += ` ${parts[at]}`;
  return trusted(text);
}

function extraOctets(type: RRType, from: OctetReader): ZonecutError {
  return from.fault(`${from.left} octets after the last field of ${type}`);
}

/** The octets of `rdata`, data of `type`, uncompressed. Throws nothing on Rdata that this room made for the type. */
export function octetsOfRdata(type: RRType, rdata: Rdata): Uint8Array {
  const writer = new OctetWriter();
  writeRdata(type, rdata, writer);
  return writer.octets();
}

/**
 * For messages: writes the octets of `rdata`, names compressed where writer and type do so.
 *
 * Throws ZC_RDATA on data of another type.
 */
export function writeRdata(type: RRType, rdata: Rdata, to: OctetWriter): void {
  const format = formats.get(type);
  // Most data by far, and what a hostile referral has thousands of: its text is canonical and needs no reading.
  if (format?.oneName === true && !rdata.startsWith('\\#')) {
    to.name(nameOfCanonicalText(rdata));
    return;
  }
  const ipv4 = type === 'A' ? ipv4Value(rdata) : null;
  if (ipv4 !== null) {
    to.u32(ipv4);
    return;
  }
  const tokens = new TokenReader(tokensOf(rdata), rootName);
  if (isGeneric(tokens.peek())) {
    to.bytes(genericOctets(tokens));
    return;
  }
  invariant(format !== undefined, `data of ${type} that is not in the form of RFC 3597`);
  writeFields(format, tokens, to);
}

/** What a SOA record says (RFC 1035 section 3.3.13); times in seconds. */
export interface Soa {
  readonly mname: Name;
  readonly rname: Name;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  readonly minimum: number;
}

function wordsOf(type: RRType, rdata: Rdata): readonly string[] {
  const words = tokensOf(rdata).map(token => token.text);
  invariant(words[0] !== '\\#', `${type} data in the form of RFC 3597`);
  return words;
}

function numberAt(words: readonly string[], at: number): number {
  return Number(words[at]);
}

function nameAt(words: readonly string[], at: number): Name {
  return parseName(words[at] ?? '.');
}

/** The fields of the data of a SOA record. */
export function soaOf(rdata: Rdata): Soa {
  const words = wordsOf('SOA', rdata);
  return {
    mname: nameAt(words, 0),
    rname: nameAt(words, 1),
    serial: numberAt(words, 2),
    refresh: numberAt(words, 3),
    retry: numberAt(words, 4),
    expire: numberAt(words, 5),
    minimum: numberAt(words, 6),
  };
}

/** The data of a SOA record with these fields; numbers are 0 to 4294967295. Throws ZC_RDATA. */
export function rdataOfSoa(soa: Soa): Rdata {
  return parseRdata(
    'SOA',
    `${soa.mname} ${soa.rname} ${soa.serial} ${soa.refresh} ${soa.retry} ${soa.expire} ${soa.minimum}`,
  );
}

/** The fields of the data of an MX record. */
export function mxOf(rdata: Rdata): { readonly preference: number; readonly exchange: Name } {
  const words = wordsOf('MX', rdata);
  return { preference: numberAt(words, 0), exchange: nameAt(words, 1) };
}

/** What a DS or CDS record says (RFC 4034 section 5.1). */
export interface Ds {
  readonly keyTag: number;
  readonly algorithm: number;
  readonly digestType: number;
  readonly digest: Uint8Array;
}

/** The fields of the data of a DS, CDS or DLV record. */
export function dsOf(rdata: Rdata): Ds {
  const words = wordsOf('DS', rdata);
  return {
    keyTag: numberAt(words, 0),
    algorithm: numberAt(words, 1),
    digestType: numberAt(words, 2),
    digest: parseHex(words[3] ?? '', 'the digest'),
  };
}

/** What an SRV record says (RFC 2782). */
export interface Srv {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: Name;
}

/** The fields of the data of an SRV record. */
export function srvOf(rdata: Rdata): Srv {
  const words = wordsOf('SRV', rdata);
  return {
    priority: numberAt(words, 0),
    weight: numberAt(words, 1),
    port: numberAt(words, 2),
    target: nameAt(words, 3),
  };
}

/** The strings of the data of a TXT or SPF record, each up to 255 octets. */
export function txtOf(rdata: Rdata): readonly Uint8Array[] {
  return wordsOf('TXT', rdata).map(octetsOfText);
}

/** The names of hosts and owners that the data points at (NS, CNAME, MX, SRV, PTR, ...); none for most types and for the root. */
export function namesIn(type: RRType, rdata: Rdata): readonly Name[] {
  const at = formats.get(type)?.pointsAt;
  if (at === undefined || rdata.startsWith('\\#')) return [];
  const word = tokensOf(rdata)[at]?.text;
  const name = word === undefined ? rootName : parseName(word);
  return name === rootName ? [] : [name];
}
