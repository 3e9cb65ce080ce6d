import ipaddr from 'ipaddr.js';
import { ZonecutError } from '../error.ts';
import { type Name, parseName } from './name.ts';

/** An IPv4 or IPv6 address. */
export interface Address {
  readonly family: 4 | 6;
  /** Canonical: dotted decimal, or RFC 5952. */
  readonly text: string;
  /** 4 or 16 of them. */
  readonly octets: Uint8Array;
}

/** Reads an address. IPv4 is four decimal numbers without leading zeros; IPv6 has no zone index. Throws ZC_RDATA. */
export function parseAddress(text: string): Address {
  const octets = text.includes(':') ? ipv6Octets(text) : ipv4Octets(text);
  if (octets === null) {
    throw new ZonecutError('ZC_RDATA', `no IPv4 or IPv6 address: ${JSON.stringify(text.slice(0, 100))}`, {
      hint: 'Write it as 192.0.2.1 or 2001:db8::1.',
    });
  }
  return { family: octets.length === 4 ? 4 : 6, text: addressText(octets), octets };
}

/** Whether `text` is an address that `parseAddress` takes. */
export function isAddress(text: string): boolean {
  return (text.includes(':') ? ipv6Octets(text) : ipv4Octets(text)) !== null;
}

/** The 4 octets of an IPv4 address, null when the text is none. */
export function ipv4Octets(text: string): Uint8Array | null {
  const value = ipv4Value(text);
  return value === null ? null : Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

/** An IPv4 address as a number below 2^32, null when the text is none. */
export function ipv4Value(text: string): number | null {
  let value = 0;
  let parts = 0;
  let at = 0;
  while (parts < 4) {
    const start = at;
    let part = 0;
    for (let digit = decimalDigit(text, at); digit >= 0 && at - start < 3; digit = decimalDigit(text, at)) {
      part = part * 10 + digit;
      at += 1;
    }
    if (at === start || part > 255 || (at - start > 1 && text.charCodeAt(start) === zero)) return null;
    value = value * 256 + part;
    parts += 1;
    if (parts < 4 && text.charCodeAt(at) !== dot) return null;
    if (parts < 4) at += 1;
  }
  return at === text.length ? value : null;
}

const zero = 0x30;

/** The value of a decimal digit, -1 where there is none. */
function decimalDigit(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39 ? code - 0x30 : -1;
}

/** The 16 octets of an IPv6 address (RFC 4291 section 2.2), null when the text is none. */
export function ipv6Octets(text: string): Uint8Array | null {
  const octets = new Uint8Array(16);
  let used = 0;
  /** Where "::" stands for zeros. */
  let gap = text.startsWith('::') ? 0 : -1;
  let at = gap === 0 ? 2 : 0;
  while (at < text.length) {
    const start = at;
    let group = 0;
    for (let digit = hexDigit(text, at); digit >= 0 && at - start < 4; digit = hexDigit(text, at)) {
      group = group * 16 + digit;
      at += 1;
    }
    if (text.charCodeAt(at) === dot) return embedded(octets, text.slice(start), used, gap);
    if (at === start || used === 16) return null;
    octets[used] = group >> 8;
    octets[used + 1] = group;
    used += 2;
    if (at === text.length) break;
    if (text.charCodeAt(at) !== colon || at + 1 === text.length) return null;
    at += 1;
    if (text.charCodeAt(at) === colon) {
      if (gap >= 0) return null;
      gap = used;
      at += 1;
    }
  }
  return spread(octets, used, gap);
}

const dot = 0x2e;
const colon = 0x3a;

/** The value of a hexadecimal digit, -1 where there is none. */
function hexDigit(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/** Puts the dotted address that an IPv6 address ends with behind the `used` octets. */
function embedded(octets: Uint8Array, text: string, used: number, gap: number): Uint8Array | null {
  const last = ipv4Octets(text);
  if (last === null || used > 12) return null;
  octets.set(last, used);
  return spread(octets, used + 4, gap);
}

/** Moves what stands behind `gap` to the end; without a gap all octets must be there. */
function spread(octets: Uint8Array, used: number, gap: number): Uint8Array | null {
  if (gap < 0) return used === 16 ? octets : null;
  if (used > 14) return null;
  octets.copyWithin(16 - used + gap, gap, used);
  return octets.fill(0, gap, 16 - used + gap);
}

/** The canonical text of 4 octets (dotted decimal) or 16 (RFC 5952). */
export function addressText(octets: Uint8Array): string {
  return octets.length === 4 ? ipv4TextAt(octets, 0) : ipv6TextAt(octets, 0);
}

/** Every octet in decimal and, without leading zeros and with them, in hexadecimal. */
const decimal: readonly string[] = Array.from({ length: 256 }, (_, octet) => String(octet));
const hex: readonly string[] = decimal.map((_, octet) => octet.toString(16));
const hexOfTwo: readonly string[] = hex.map(digits => digits.padStart(2, '0'));

/** For this room: the text of the 4 octets at `at`. */
export function ipv4TextAt(octets: Uint8Array, at: number): string {
  return `${decimal[octets[at] ?? 0]}.${decimal[octets[at + 1] ?? 0]}.${decimal[octets[at + 2] ?? 0]}.${decimal[octets[at + 3] ?? 0]}`;
}

/** For this room: the text of the 16 octets at `at` (RFC 5952). */
export function ipv6TextAt(octets: Uint8Array, at: number): string {
  const groups: number[] = [];
  for (let next = at; next < at + 16; next += 2) {
    groups.push(((octets[next] ?? 0) << 8) | (octets[next + 1] ?? 0));
  }
  const run = longestZeroRun(groups);
  // RFC 5952 section 5: the mixed notation where the prefix says that an IPv4 address is embedded.
  if (run.start === 0 && run.length === 5 && groups[5] === 0xffff) {
    return `::ffff:${ipv4TextAt(octets, at + 12)}`;
  }
  if (run.length < 2) return groupsText(groups, 0, 8);
  return `${groupsText(groups, 0, run.start)}::${groupsText(groups, run.start + run.length, 8)}`;
}

/** Groups `start` up to `end` in hexadecimal, parted by colons. */
function groupsText(groups: readonly number[], start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at += 1) {
    const group = groups[at] ?? 0;
    const digits = group < 256 ? hex[group] : `${hex[group >> 8]}${hexOfTwo[group & 255]}`;
    text += at === start ? digits : `:${digits}`;
  }
  return text;
}

/** The first of the longest runs of zero groups (RFC 5952 section 4.2). */
function longestZeroRun(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let at = 0; at <= groups.length; at += 1) {
    if (groups[at] === 0) continue;
    if (at - start > best.length) best = { start, length: at - start };
    start = at + 1;
  }
  return best;
}

const rangeNames: Readonly<Record<string, string>> = {
  unspecified: 'unspecified',
  broadcast: 'broadcast',
  multicast: 'multicast',
  linkLocal: 'link-local',
  loopback: 'loopback',
  carrierGradeNat: 'shared (carrier-grade NAT)',
  private: 'private',
  uniqueLocal: 'private',
  reserved: 'reserved',
  amt: 'AMT relay',
  benchmarking: 'benchmarking',
  discard: 'discard-only',
  orchid2: 'ORCHID',
  droneRemoteIdProtocolEntityTags: 'DRIP entity tag',
  deprecatedOrchid: 'ORCHID',
  deprecatedSiteLocal: 'private',
};

const translations: readonly string[] = ['ipv4Mapped', 'rfc6145', 'rfc6052', '6to4', 'teredo'];

/**
 * What kind of special address `text` is (`loopback`, `private`, `link-local`, ...; RFC 6890), null when it can be that of a
 * public server.
 *
 * An IPv6 address that carries an IPv4 address is special when the IPv4 address is. Throws ZC_RDATA when it is no address.
 */
export function specialRange(text: string): string | null {
  const address = parseAddress(text);
  if (address.family === 4) return rangeOfOctets(address.octets);
  if (address.octets.subarray(0, 12).every(octet => octet === 0) && (address.octets[12] ?? 0) !== 0) {
    return 'reserved';
  }
  const range = ipaddr.fromByteArray([...address.octets]).range();
  if (range === 'as112') return null;
  if (!translations.includes(range))
    return rangeNames[range] ?? (range === 'unicast' ? globalUnicast(address) : 'reserved');
  if (range === 'ipv4Mapped' || range === 'rfc6145')
    return rangeOfOctets(address.octets.subarray(12)) ?? 'reserved';
  if (range === 'rfc6052') return rangeOfOctets(address.octets.subarray(12));
  if (range === '6to4') return rangeOfOctets(address.octets.subarray(2, 6));
  return 'reserved';
}

/** Of IPv6 only 2000::/3 is handed out (RFC 4291 section 2.4). */
function globalUnicast(address: Address): string | null {
  return ((address.octets[0] ?? 0) & 0xe0) === 0x20 ? null : 'reserved';
}

function rangeOfOctets(octets: Uint8Array): string | null {
  const range = ipaddr.fromByteArray([...octets]).range();
  // The servers of AS112 (RFC 7534) are public ones.
  if (range === 'as112') return null;
  if ((octets[0] ?? 0) === 0) return 'unspecified';
  return range === 'unicast' ? null : (rangeNames[range] ?? 'reserved');
}

/** The name whose PTR record speaks for the address (RFC 1035 section 3.5, RFC 3596 section 2.5). */
export function reverseNameOf(address: Address): Name {
  if (address.family === 4) return parseName(`${[...address.octets].reverse().join('.')}.in-addr.arpa.`);
  const nibbles = [...address.octets]
    .reverse()
    .map(octet => `${(octet & 15).toString(16)}.${(octet >> 4).toString(16)}`);
  return parseName(`${nibbles.join('.')}.ip6.arpa.`);
}
