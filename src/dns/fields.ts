import { ZonecutError } from '../error.ts';
import { ipv4Octets, ipv4TextAt, ipv6Octets, ipv6TextAt } from './address.ts';
import { isRcodeText, isTypeText, rcodeMnemonic, rcodeNumber, typeMnemonic, typeNumber } from './iana.ts';
import { parseName, parseNameAt, spellName } from './name.ts';
import type { OctetReader, OctetWriter } from './octets.ts';
import { octetsOfText, quotedString, shown, type TokenReader } from './text.ts';

/**
 * One field of record data, from which octets and text both derive.
 *
 * `read` takes it from octets and gives its canonical text ('' when it is absent); `write` takes it from tokens and gives
 * its octets. Both throw ZC_RDATA (`read` the code of its reader) on what the field does not allow.
 */
export interface Field {
  readonly read: (from: OctetReader) => string;
  readonly write: (from: TokenReader, to: OctetWriter) => void;
}

/** Thrown by `read` when octets are legal but have no text of their own: they are then written as RFC 3597 says. */
export const noText: unique symbol = Symbol('no text');

/** For fields: what was found where what was expected. */
export function rdataFault(what: string, found: string, hint?: string): ZonecutError {
  return new ZonecutError('ZC_RDATA', `${what}, not ${shown(found)}`, hint === undefined ? {} : { hint });
}

/** A whole decimal number from 0 to `limit`. Throws ZC_RDATA. */
export function parseInteger(text: string, limit: number, what: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > limit) throw rdataFault(`${what} is a number from 0 to ${limit}`, text);
  return value;
}

function integer(octets: 1 | 2 | 4 | 6, limit: number): (what: string) => Field {
  return what => ({
    read: from =>
      String(octets === 1 ? from.u8() : octets === 2 ? from.u16() : octets === 4 ? from.u32() : from.u48()),
    write: (from, to) => {
      const value = parseInteger(from.word(what), limit, what);
      if (octets === 1) to.u8(value);
      else if (octets === 2) to.u16(value);
      else if (octets === 4) to.u32(value);
      else to.u48(value);
    },
  });
}

/** A number of 1 octet. */
export const u8: (what: string) => Field = integer(1, 0xff);
/** A number of 2 octets. */
export const u16: (what: string) => Field = integer(2, 0xffff);
/** A number of 4 octets. */
export const u32: (what: string) => Field = integer(4, 0xffffffff);
/** A number of 6 octets. */
export const u48: (what: string) => Field = integer(6, 0xffffffffffff);

/** The seconds of a text such as `3600`, `1h` or `1w2d3h4m5s` (RFC 1035 has numbers only; units are BIND's); null if none. */
export function parseSeconds(text: string): number | null {
  if (/^\d+$/.test(text)) return Number(text) <= 0xffffffff ? Number(text) : null;
  if (!/^(\d+[wdhms])+$/i.test(text)) return null;
  const units: Readonly<Record<string, number>> = { w: 604800, d: 86400, h: 3600, m: 60, s: 1 };
  let total = 0;
  for (const [, count, unit] of text.toLowerCase().matchAll(/(\d+)([wdhms])/g)) {
    total += Number(count) * (units[unit ?? ''] ?? 0);
  }
  return total <= 0xffffffff ? total : null;
}

/** A time span of 4 octets in seconds; text may carry units. */
export function seconds(what: string): Field {
  return {
    read: from => String(from.u32()),
    write: (from, to) => {
      const text = from.word(what);
      const value = parseSeconds(text);
      if (value === null) throw rdataFault(`${what} is a number of seconds, 4294967295 at most`, text);
      to.u32(value);
    },
  };
}

/** A host or other name that a message may compress (RFC 1035 section 3.3); letters fold. */
export function compressedName(what: string): Field {
  return {
    read: from => from.name(),
    write: (from, to) => to.name(nameToken(from, what)),
  };
}

/** A name that is read compressed and never written so (RFC 3597 section 4); letters fold (RFC 4034 section 6.2). */
export function foldedName(what: string): Field {
  return {
    read: from => from.name(),
    write: (from, to) => to.plainName(nameToken(from, what)),
  };
}

/** A name that is never compressed; letters fold (RFC 4034 section 6.2). */
export function plainName(what: string): Field {
  return {
    read: from => from.plainName(),
    write: (from, to) => to.plainName(nameToken(from, what)),
  };
}

/** A name that is never compressed and whose letters count (not in the list of RFC 4034 section 6.2, RFC 6840 section 5.1). */
export function spelledName(what: string): Field {
  return {
    read: from => from.spelledName(),
    write: (from, to) => to.plainName(spellName(from.word(what), from.origin)),
  };
}

function nameToken(from: TokenReader, what: string): ReturnType<typeof parseName> {
  const text = from.word(what);
  if (from.origin !== null) return parseNameAt(text, from.origin);
  if (text === '@')
    throw rdataFault(`${what} is a name`, text, 'There is no origin here that "@" could stand for.');
  return parseName(text);
}

/** A character-string of up to 255 octets, written in quotes (RFC 1035 section 3.3). */
export function string(what: string): Field {
  return {
    read: from => quotedString(from.string()),
    write: (from, to) => {
      const octets = octetsOfText(from.next(what).text);
      if (octets.length > 255) {
        throw new ZonecutError('ZC_RDATA', `${what} is ${octets.length} octets, 255 at most`, {
          hint: 'Part it into several strings, each in its own quotes.',
        });
      }
      to.u8(octets.length);
      to.bytes(octets);
    },
  };
}

/** One or more character-strings up to the end. */
export function strings(what: string): Field {
  const one = string(what);
  return {
    read: from => {
      const all = [one.read(from)];
      while (from.left > 0) {
        from.spend(2);
        all.push(one.read(from));
      }
      return all.join(' ');
    },
    write: (from, to) => {
      do one.write(from, to);
      while (!from.done);
    },
  };
}

/** A character-string that may be missing at the end. */
export function optionalString(what: string): Field {
  const one = string(what);
  return {
    read: from => (from.left === 0 ? '' : one.read(from)),
    write: (from, to) => {
      if (!from.done) one.write(from, to);
    },
  };
}

/** A character-string of ASCII letters and digits, 1 to 255, written without quotes (RFC 8659 section 4.1). */
export function pureWord(what: string): Field {
  return {
    read: from => {
      const octets = from.string();
      const text = String.fromCharCode(...octets);
      if (!/^[A-Za-z0-9]+$/.test(text)) throw from.fault(`${what} is letters and digits, one at least`);
      return text;
    },
    write: (from, to) => {
      const text = from.next(what).text;
      if (!/^[A-Za-z0-9]{1,255}$/.test(text))
        throw rdataFault(`${what} is letters and digits, 255 at most`, text);
      to.u8(text.length);
      to.bytes(octetsOfText(text));
    },
  };
}

/** All octets up to the end as one quoted string without a length octet (RFC 7553, RFC 8659). */
export function longString(what: string, bounds: Bounds = { least: 0 }): Field {
  const least = bounds.least ?? 1;
  return {
    read: from => {
      if (from.left < least) throw from.fault(`${what} is ${from.left} octets, ${least} at least`);
      return quotedString(from.rest());
    },
    write: (from, to) => {
      const octets = octetsOfText(from.next(what).text);
      if (octets.length < least)
        throw new ZonecutError('ZC_RDATA', `${what} is ${octets.length} octets, ${least} at least`);
      to.bytes(octets);
    },
  };
}

/** An IPv4 address of 4 octets. */
export function ipv4(what: string): Field {
  return {
    read: from => ipv4TextAt(from.octets, from.pass(4)),
    write: (from, to) => {
      const text = from.word(what);
      const octets = ipv4Octets(text);
      if (octets === null) throw rdataFault(`${what} is an IPv4 address such as 192.0.2.1`, text);
      to.bytes(octets);
    },
  };
}

/** An IPv6 address of 16 octets. */
export function ipv6(what: string): Field {
  return {
    read: from => ipv6TextAt(from.octets, from.pass(16)),
    write: (from, to) => {
      const text = from.word(what);
      const octets = ipv6Octets(text);
      if (octets === null) throw rdataFault(`${what} is an IPv6 address such as 2001:db8::1`, text);
      to.bytes(octets);
    },
  };
}

/** A type written by its mnemonic, 2 octets. */
export function typeField(what: string): Field {
  return {
    read: from => typeMnemonic(from.u16()),
    write: (from, to) => {
      const text = from.word(what);
      if (isTypeText(text)) to.u16(typeNumber(text));
      else to.u16(parseInteger(text, 0xffff, what));
    },
  };
}

/** The scheme of DSYNC, 1 octet; 1 is NOTIFY (RFC 9859 section 2.2). */
export const scheme: Field = {
  read: from => {
    const number = from.u8();
    return number === 1 ? 'NOTIFY' : String(number);
  },
  write: (from, to) => {
    const text = from.word('the scheme');
    to.u8(text.toUpperCase() === 'NOTIFY' ? 1 : parseInteger(text, 255, 'the scheme'));
  },
};

/** An extended response code of 2 octets by its mnemonic (RFC 8945 section 3). */
export const responseCode: Field = {
  read: from => {
    const number = from.u16();
    return number === 16 ? 'BADSIG' : rcodeMnemonic(number);
  },
  write: (from, to) => {
    const text = from.word('the error');
    if (/^\d+$/.test(text)) to.u16(parseInteger(text, 0xffff, 'the error'));
    else if (isRcodeText(text)) to.u16(rcodeNumber(text));
    else throw rdataFault('the error is a response code, by its mnemonic or number', text);
  },
};

/** The octets of a text of hexadecimal digits. Throws ZC_RDATA. */
export function parseHex(text: string, what: string): Uint8Array {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) {
    throw rdataFault(`${what} is an even number of hexadecimal digits`, text);
  }
  return Uint8Array.from(Buffer.from(text, 'hex'));
}

/** Lower-case hexadecimal digits of `octets`. */
export function hexText(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('hex');
}

/** The octets of a text in base64 with its padding (RFC 4648 section 4). Throws ZC_RDATA. */
export function parseBase64(text: string, what: string): Uint8Array {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    throw rdataFault(`${what} is base64 with its padding`, text);
  }
  return Uint8Array.from(Buffer.from(text, 'base64'));
}

/** `octets` in base64 (RFC 4648 section 4). */
export function base64Text(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('base64');
}

/** Data up to the end in base64, `-` when there is none; the words are not in quotes. */
export const taggedData: Field = {
  read: from => base64Text(from.rest()) || '-',
  write: (from, to) => {
    from.peek() ?? from.next('the data');
    const text = from.joined('the data');
    if (text !== '-') to.bytes(parseBase64(text, 'the data'));
  },
};

/** How long a field up to the end may be. */
export interface Bounds {
  /** Octets; 1 unless given. */
  readonly least?: number;
}

/** All octets up to the end in hexadecimal, blanks allowed between digits. */
export function hexRest(what: string, bounds: Bounds = {}): Field {
  return restOf(what, bounds, hexText, parseHex);
}

/** All octets up to the end in base64, blanks allowed. */
export function base64Rest(what: string, bounds: Bounds = {}): Field {
  return restOf(what, bounds, base64Text, parseBase64);
}

function restOf(
  what: string,
  bounds: Bounds,
  print: (octets: Uint8Array) => string,
  parse: (text: string, what: string) => Uint8Array,
): Field {
  const least = bounds.least ?? 1;
  return {
    read: from => {
      if (from.left < least) throw from.fault(`${what} is ${from.left} octets, ${least} at least`);
      return print(from.rest());
    },
    write: (from, to) => {
      const octets = parse(from.joined(what), what);
      if (octets.length < least) {
        throw new ZonecutError('ZC_RDATA', `${what} is ${octets.length} octets, ${least} at least`);
      }
      to.bytes(octets);
    },
  };
}
