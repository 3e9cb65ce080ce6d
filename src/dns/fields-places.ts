import { ZonecutError } from '../error.ts';
import { type Field, hexText, noText, parseHex, parseInteger, rdataFault } from './fields.ts';
import type { OctetReader } from './octets.ts';
import { octetsOfText, quotedString, type TokenReader } from './text.ts';

const equator = 0x80000000;
const seaLevelCm = 10_000_000;

/** The whole data of LOC, version 0 (RFC 1876 section 2 and 3); another version has no text. */
export const location: Field = {
  read: from => {
    if (from.u8() !== 0) throw noText;
    const size = sizeText(from);
    const horizontal = sizeText(from);
    const vertical = sizeText(from);
    const latitude = angleText(from, 'NS', 90);
    const longitude = angleText(from, 'EW', 180);
    return `${latitude} ${longitude} ${metresText(from.u32() - seaLevelCm)} ${size} ${horizontal} ${vertical}`;
  },
  write: (from, to) => {
    const latitude = parseAngle(from, 'NS', 90, 'the latitude');
    const longitude = parseAngle(from, 'EW', 180, 'the longitude');
    const altitude = parseMetres(from.word('the altitude'), 'the altitude', true) + seaLevelCm;
    if (altitude < 0 || altitude > 0xffffffff) {
      throw new ZonecutError('ZC_RDATA', 'the altitude is from -100000.00m to 42849672.95m');
    }
    const sizes = [100, 1_000_000, 1000].map((preset, at) => {
      const what = ['the size', 'the horizontal precision', 'the vertical precision'][at] ?? '';
      return from.done ? preset : parseMetres(from.word(what), what, false);
    });
    to.u8(0);
    for (const size of sizes) to.u8(packSize(size));
    to.u32(latitude);
    to.u32(longitude);
    to.u32(altitude);
  },
};

/** A size of 4 bits base and 4 bits power of ten, in centimetres. */
function sizeText(from: OctetReader): string {
  const octet = from.u8();
  const [base, exponent] = [octet >> 4, octet & 15];
  if (base > 9 || exponent > 9 || (base === 0 && exponent !== 0)) {
    throw from.fault(`a size of 0x${octet.toString(16)}, base and exponent are 0 to 9 (RFC 1876 section 2)`);
  }
  return metresText(base * 10 ** exponent);
}

function packSize(centimetres: number): number {
  let base = centimetres;
  let exponent = 0;
  for (; base > 9; base = Math.floor(base / 10)) exponent += 1;
  return (base << 4) | exponent;
}

function metresText(centimetres: number): string {
  const size = Math.abs(centimetres);
  return `${centimetres < 0 ? '-' : ''}${Math.floor(size / 100)}.${String(size % 100).padStart(2, '0')}m`;
}

/** Centimetres of a text in metres, with up to two decimals and `m` or without. */
function parseMetres(text: string, what: string, signed: boolean): number {
  const match = /^([+-]?)(\d{1,8})(?:\.(\d{0,2}))?m?$/i.exec(text);
  if (match === null || (!signed && match[1] !== ''))
    throw rdataFault(`${what} is metres such as 10m or 2.50m`, text);
  const size = Number(match[2]) * 100 + Number((match[3] ?? '').padEnd(2, '0'));
  if (!signed && size > 9_000_000_000) throw rdataFault(`${what} is 90000000.00m at most`, text);
  return match[1] === '-' ? -size : size;
}

function angleText(from: OctetReader, directions: 'NS' | 'EW', limit: number): string {
  const value = from.u32() - equator;
  const size = Math.abs(value);
  if (size > limit * 3_600_000)
    throw from.fault(`an angle of more than ${limit} degrees (RFC 1876 section 2)`);
  const degrees = Math.floor(size / 3_600_000);
  const minutes = Math.floor(size / 60_000) % 60;
  const whole = Math.floor(size / 1000) % 60;
  const direction = value < 0 ? directions[1] : directions[0];
  return `${degrees} ${minutes} ${whole}.${String(size % 1000).padStart(3, '0')} ${direction}`;
}

function parseAngle(from: TokenReader, directions: 'NS' | 'EW', limit: number, what: string): number {
  const parts: string[] = [];
  for (;;) {
    const text = from.word(what);
    const direction = directions.indexOf(text.toUpperCase());
    if (text.length === 1 && direction !== -1)
      return equator + (direction === 0 ? 1 : -1) * angleOf(parts, limit, what);
    if (parts.length === 3) throw rdataFault(`${what} ends in ${directions[0]} or ${directions[1]}`, text);
    parts.push(text);
  }
}

/** Thousandths of an arc second of degrees, minutes and seconds. */
function angleOf(parts: readonly string[], limit: number, what: string): number {
  const degrees = parseInteger(parts[0] ?? '', limit, `${what} in degrees`);
  const minutes = parseInteger(parts[1] ?? '0', 59, `${what} in minutes`);
  const match = /^(?=.*\d)(\d{0,2})(?:\.(\d{0,3}))?$/.exec(parts[2] ?? '0');
  if (match === null || Number(match[1]) > 59) {
    throw rdataFault(`${what} in seconds is 0 to 59.999`, parts[2] ?? '');
  }
  const size =
    ((degrees * 60 + minutes) * 60 + Number(match[1])) * 1000 + Number((match[2] ?? '').padEnd(3, '0'));
  if (size > limit * 3_600_000) throw rdataFault(`${what} is ${limit} degrees at most`, parts.join(' '));
  return size;
}

/** A decimal number as a character-string, from -`limit` to `limit` when one is given (RFC 1712). */
export function coordinate(what: string, limit: number): Field {
  const check = (text: string): boolean =>
    /^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) && Math.abs(Number(text)) <= limit;
  return {
    read: from => {
      const octets = from.string();
      if (!check(new TextDecoder('latin1').decode(octets)))
        throw from.fault(`${what} is no number up to ${limit}`);
      return quotedString(octets);
    },
    write: (from, to) => {
      const text = from.next(what).text;
      if (!check(text) || text.length > 255) throw rdataFault(`${what} is a number up to ${limit}`, text);
      to.u8(text.length);
      to.bytes(octetsOfText(text));
    },
  };
}

/** An NSAP address: `0x` and hexadecimal digits, dots anywhere between (RFC 1706 section 7). */
export const nsap: Field = {
  read: from => {
    if (from.left === 0) throw from.fault('an NSAP address of 0 octets');
    return `0x${hexText(from.rest())}`;
  },
  write: (from, to) => {
    const text = from.word('the NSAP address');
    if (!/^0x[0-9a-f]/i.test(text)) throw rdataFault('an NSAP address is 0x and hexadecimal digits', text);
    to.bytes(parseHex(text.slice(2).replaceAll('.', ''), 'the NSAP address'));
  },
};

/** An ATM address: hexadecimal for AESA, `+` and digits for E.164 (ATM Forum af-dans-0152, section 5.3). */
export const atmAddress: Field = {
  read: from => {
    const format = from.u8();
    if (from.left === 0) throw from.fault('an ATM address of 0 octets');
    const octets = from.rest();
    if (format === 0) return hexText(octets);
    if (format !== 1) throw noText;
    if (octets.some(octet => octet < 0x30 || octet > 0x39))
      throw from.fault('an E.164 address with other than digits');
    return `+${String.fromCharCode(...octets.subarray(0, 256))}${latin(octets.subarray(256))}`;
  },
  write: (from, to) => {
    const text = from.word('the ATM address');
    if (!/^\+?[0-9a-f]+(\.[0-9a-f]+)*$/i.test(text)) {
      throw rdataFault('an ATM address is hexadecimal digits, or + and decimal digits', text);
    }
    const digits = text.replaceAll('.', '');
    if (!digits.startsWith('+')) {
      to.u8(0);
      to.bytes(parseHex(digits, 'the ATM address'));
      return;
    }
    if (!/^\+\d+$/.test(digits)) throw rdataFault('an E.164 address is + and decimal digits', text);
    to.u8(1);
    to.bytes(octetsOfText(digits.slice(1)));
  },
};

function latin(octets: Uint8Array): string {
  return new TextDecoder('latin1').decode(octets);
}

/** An EUI-48 or EUI-64 address: pairs of hexadecimal digits with hyphens (RFC 7043). */
export function hardwareAddress(octets: 6 | 8): Field {
  return {
    read: from => hexText(from.take(octets)).replace(/..(?=.)/g, '$&-'),
    write: (from, to) => {
      const text = from.word('the address');
      if (!/^[0-9a-f]{2}(-[0-9a-f]{2})*$/i.test(text) || text.length !== octets * 3 - 1) {
        throw rdataFault(`the address is ${octets} pairs of hexadecimal digits with hyphens`, text);
      }
      to.bytes(parseHex(text.replaceAll('-', ''), 'the address'));
    },
  };
}

/** 64 bits as four groups of hexadecimal digits with colons (RFC 6742 sections 2.1.2 and 2.3.2). */
export const locator64: Field = {
  read: from => hexText(from.take(8)).replace(/....(?=.)/g, '$&:'),
  write: (from, to) => {
    const text = from.word('the locator');
    const groups = text.split(':');
    if (groups.length !== 4 || !groups.every(group => /^[0-9a-f]{1,4}$/i.test(group))) {
      throw rdataFault('four groups of up to four hexadecimal digits with colons are needed', text);
    }
    for (const group of groups) to.u16(Number.parseInt(group, 16));
  },
};

/** A node number of 8 octets (IPN); text may be one number, or the two halves with a dot (RFC 9758 section 3). */
export const nodeNumber: Field = {
  read: from => String(BigInt(from.u32()) * 0x100000000n + BigInt(from.u32())),
  write: (from, to) => {
    const text = from.word('the node');
    const halves = /^(\d{1,10})\.(\d{1,10})$/.exec(text);
    if (halves !== null) {
      to.u32(parseInteger(halves[1] ?? '', 0xffffffff, 'the allocator'));
      to.u32(parseInteger(halves[2] ?? '', 0xffffffff, 'the node'));
      return;
    }
    if (!/^\d{1,20}$/.test(text) || BigInt(text) > 0xffffffffffffffffn) {
      throw rdataFault('the node is a number from 0 to 18446744073709551615', text);
    }
    to.u32(Number(BigInt(text) >> 32n));
    to.u32(Number(BigInt(text) & 0xffffffffn));
  },
};
