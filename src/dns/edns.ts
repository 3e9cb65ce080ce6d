import { isZonecutError, ZonecutError } from '../error.ts';
import { addressText } from './address.ts';
import { type Field, noText } from './fields.ts';
import type { EdnsOption, Message } from './message.ts';
import type { Name } from './name.ts';
import { OctetReader, OctetWriter } from './octets.ts';

/** What an EDNS option says (registry "DNS EDNS0 Option Codes (OPT)"). */
export type EdnsValue =
  /** RFC 5001. */
  | { readonly kind: 'nsid'; readonly identifier: Uint8Array }
  /** RFC 6975: algorithms that the sender understands (`DAU`, `DHU`, `N3U`). */
  | {
      readonly kind: 'understood';
      readonly what: 'DAU' | 'DHU' | 'N3U';
      readonly algorithms: readonly number[];
    }
  /** RFC 7871; a family of 0 with an empty address asks not to be located. */
  | {
      readonly kind: 'client-subnet';
      readonly family: number;
      readonly sourcePrefix: number;
      readonly scopePrefix: number;
      /** Canonical text, '' for family 0. */
      readonly address: string;
    }
  /** RFC 7314; seconds, null in a query. */
  | { readonly kind: 'expire'; readonly seconds: number | null }
  /** RFC 7873 and RFC 9018; the client's is 8 octets, the server's 8 to 32 or null. */
  | { readonly kind: 'cookie'; readonly client: Uint8Array; readonly server: Uint8Array | null }
  /** RFC 7828; units of 100 milliseconds, null in a query. */
  | { readonly kind: 'tcp-keepalive'; readonly timeout: number | null }
  /** RFC 7830. */
  | { readonly kind: 'padding'; readonly octets: number }
  /** RFC 7901. */
  | { readonly kind: 'chain'; readonly trustPoint: Name }
  /** RFC 8145. */
  | { readonly kind: 'key-tag'; readonly tags: readonly number[] }
  /** RFC 8914: `code` as `extendedErrorTitle` knows it, and text for people. */
  | { readonly kind: 'extended-error'; readonly code: number; readonly text: string }
  /** RFC 9567. */
  | { readonly kind: 'report-channel'; readonly agent: Name }
  /** RFC 9660; null in a query. */
  | {
      readonly kind: 'zone-version';
      readonly labels: number | null;
      readonly type: number | null;
      readonly version: Uint8Array;
    }
  | { readonly kind: 'other'; readonly code: number; readonly data: Uint8Array };

/** The option code of an extended error (RFC 8914 section 2). */
export const extendedErrorCode = 15;

const understood: ReadonlyMap<number, 'DAU' | 'DHU' | 'N3U'> = new Map([
  [5, 'DAU'],
  [6, 'DHU'],
  [7, 'N3U'],
]);

/** What `option` says; options without a format here are `other`. Throws ZC_WIRE when its octets are not legal. */
export function readOption(option: EdnsOption): EdnsValue {
  const from = new OctetReader(option.data, 'ZC_WIRE');
  const value = readValue(option, from);
  if (from.left > 0) throw from.fault(`${from.left} octets after the end of option ${option.code}`);
  return value;
}

/** What is wrong with the octets of `option`; null when nothing is. */
export function optionFault(option: EdnsOption): string | null {
  try {
    readOption(option);
    return null;
  } catch (error) {
    if (!isZonecutError(error, 'ZC_WIRE')) throw error;
    return error.message;
  }
}

function readValue(option: EdnsOption, from: OctetReader): EdnsValue {
  const list = understood.get(option.code);
  if (list !== undefined) return { kind: 'understood', what: list, algorithms: [...from.rest()] };
  switch (option.code) {
    case 3:
      return { kind: 'nsid', identifier: from.rest() };
    case 8:
      return clientSubnet(from);
    case 9:
      return { kind: 'expire', seconds: from.left === 0 ? null : from.u32() };
    case 10:
      return cookie(from);
    case 11:
      return { kind: 'tcp-keepalive', timeout: from.left === 0 ? null : from.u16() };
    case 12:
      return { kind: 'padding', octets: from.rest().length };
    case 13:
      return { kind: 'chain', trustPoint: from.plainName() };
    case 14:
      return { kind: 'key-tag', tags: keyTags(from) };
    case extendedErrorCode:
      return { kind: 'extended-error', code: from.u16(), text: utf8(from.rest()) };
    case 18:
      return { kind: 'report-channel', agent: from.plainName() };
    case 19:
      if (from.left === 0) return { kind: 'zone-version', labels: null, type: null, version: from.rest() };
      return { kind: 'zone-version', labels: from.u8(), type: from.u8(), version: from.rest() };
    default:
      return { kind: 'other', code: option.code, data: from.rest() };
  }
}

function clientSubnet(from: OctetReader): EdnsValue {
  const family = from.u16();
  const sourcePrefix = from.u8();
  const scopePrefix = from.u8();
  const size = family === 1 ? 4 : family === 2 ? 16 : 0;
  if (family > 2) throw from.fault(`an address of family ${family}, 1 and 2 are known (RFC 7871 section 6)`);
  if (sourcePrefix > size * 8 || scopePrefix > size * 8) {
    throw from.fault(
      `prefixes of ${sourcePrefix} and ${scopePrefix} bits, ${size * 8} at most (RFC 7871 section 6)`,
    );
  }
  const address = new Uint8Array(size);
  const given = from.take(Math.ceil(sourcePrefix / 8));
  const spare = sourcePrefix % 8 === 0 ? 0 : 0xff >> (sourcePrefix % 8);
  if (((given.at(-1) ?? 0) & spare) !== 0)
    throw from.fault('bits behind the prefix that are not zero (RFC 7871 section 6)');
  address.set(given);
  return {
    kind: 'client-subnet',
    family,
    sourcePrefix,
    scopePrefix,
    address: size === 0 ? '' : addressText(address),
  };
}

function cookie(from: OctetReader): EdnsValue {
  if (from.left !== 8 && (from.left < 16 || from.left > 40)) {
    throw from.fault(`a cookie of ${from.left} octets, 8 or 16 to 40 are allowed (RFC 7873 section 4)`);
  }
  return { kind: 'cookie', client: from.take(8), server: from.left === 0 ? null : from.rest() };
}

function keyTags(from: OctetReader): readonly number[] {
  const tags: number[] = [];
  while (from.left > 0) tags.push(from.u16());
  return tags;
}

function utf8(octets: Uint8Array): string {
  // Some servers end the text in a zero octet, which RFC 8914 section 2 says to take off.
  return new TextDecoder().decode(octets).replace(/\0+$/, '');
}

/** Titles of the extended errors (registry "Extended DNS Error Codes"), by code from 0. */
const errorTitles: readonly string[] = [
  'Other Error',
  'Unsupported DNSKEY Algorithm',
  'Unsupported DS Digest Type',
  'Stale Answer',
  'Forged Answer',
  'DNSSEC Indeterminate',
  'DNSSEC Bogus',
  'Signature Expired',
  'Signature Not Yet Valid',
  'DNSKEY Missing',
  'RRSIGs Missing',
  'No Zone Key Bit Set',
  'NSEC Missing',
  'Cached Error',
  'Not Ready',
  'Blocked',
  'Censored',
  'Filtered',
  'Prohibited',
  'Stale NXDOMAIN Answer',
  'Not Authoritative',
  'Not Supported',
  'No Reachable Authority',
  'Network Error',
  'Invalid Data',
  'Signature Expired before Valid',
  'Too Early',
  'Unsupported NSEC3 Iterations Value',
  'Unable to conform to policy',
  'Synthesized',
  'Invalid Query Type',
];

/** The title of an extended error, `Error n` where it has none here. */
export function extendedErrorTitle(code: number): string {
  return errorTitles[code] ?? `Error ${code}`;
}

/** An extended error as an option of a response (RFC 8914 section 2); `code` is 0 to 65535. */
export function extendedError(code: number, text = ''): EdnsOption {
  const to = new OctetWriter();
  to.u16(code);
  to.bytes(new TextEncoder().encode(text));
  return { code: extendedErrorCode, data: to.octets() };
}

/** The extended errors of a message, in its order; options that cannot be read are left out. */
export function extendedErrorsOf(
  message: Message,
): readonly { readonly code: number; readonly text: string }[] {
  const options = message.edns?.options ?? [];
  return options
    .filter(option => option.code === extendedErrorCode && option.data.length >= 2)
    .map(option => readOption(option))
    .filter(value => value.kind === 'extended-error');
}

/** The data of OPT as a type: options that are checked; it has no text of its own (RFC 6891 section 6.1.2). */
export const ednsOptions: Field = {
  read: from => {
    while (from.left > 0) {
      const code = from.u16();
      const data = from.take(from.u16());
      const fault = optionFault({ code, data });
      if (fault !== null) throw from.fault(`option ${code}: ${fault}`);
    }
    throw noText;
  },
  write: () => {
    throw new ZonecutError('ZC_RDATA', 'OPT has no text form (RFC 6891 section 6.1.2)');
  },
};
