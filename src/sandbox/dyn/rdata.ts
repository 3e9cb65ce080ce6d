import { isAddress, parseAddress } from '../../dns/address.ts';
import { parseName } from '../../dns/name.ts';
import { parseRdata, txtOf } from '../../dns/rdata.ts';
import type { Rdata } from '../../dns/rrset.ts';
import { isZonecutError } from '../../error.ts';
import { refused } from './fault.ts';
import type { Fields } from './json.ts';

/** The data of a record as the API shows it. */
export type DynData = Readonly<Record<string, string | number>>;

type Kind = 'ipv4' | 'ipv6' | 'name' | 'number' | 'text' | 'mailbox';

/** The fields of each type that the API has, in the order of its zone-file text. */
const formats: Readonly<Record<string, readonly (readonly [string, Kind])[]>> = {
  A: [['address', 'ipv4']],
  AAAA: [['address', 'ipv6']],
  CAA: [
    ['flags', 'number'],
    ['tag', 'text'],
    ['value', 'text'],
  ],
  CNAME: [['cname', 'name']],
  DS: [
    ['keytag', 'number'],
    ['algorithm', 'number'],
    ['digtype', 'number'],
    ['digest', 'text'],
  ],
  MX: [
    ['preference', 'number'],
    ['exchange', 'name'],
  ],
  NS: [['nsdname', 'name']],
  PTR: [['ptrdname', 'name']],
  SOA: [
    ['mname', 'name'],
    ['rname', 'mailbox'],
    ['serial', 'number'],
    ['refresh', 'number'],
    ['retry', 'number'],
    ['expire', 'number'],
    ['minimum', 'number'],
  ],
  SRV: [
    ['priority', 'number'],
    ['weight', 'number'],
    ['port', 'number'],
    ['target', 'name'],
  ],
  TXT: [['txtdata', 'text']],
};

/** The types that the API has resources for. */
export const recordTypes: readonly string[] = Object.keys(formats);

/** Reads the `rdata` of a request. Throws MISSING_DATA and INVALID_DATA; `consequence` is their second sentence. */
export function readData(type: string, rdata: Fields | null, consequence: string): DynData {
  const entries = (formats[type] ?? []).map(([name, kind]): [string, string | number] => {
    const text = rdata?.text(name) ?? null;
    if (text === null || text === '') {
      throw refused('MISSING_DATA', `${name}: Required field is missing`, consequence);
    }
    const value = readValue(kind, text);
    if (value === null) {
      throw refused('INVALID_DATA', `${name}: ${problems[kind]}`, consequence);
    }
    return [name, value];
  });
  const data = Object.fromEntries(entries);
  if (rdataOf(type, data) === null) {
    throw refused('INVALID_DATA', `rdata: Not valid for a record of type ${type}`, consequence);
  }
  return data;
}

const problems: Readonly<Record<Kind, string>> = {
  ipv4: 'Not a valid IP address',
  ipv6: 'Not a valid IP address',
  name: 'Not a valid domain name',
  number: 'Not a valid number',
  text: 'Not a valid text',
  mailbox: 'Not a valid mailbox',
};

function readValue(kind: Kind, text: string): string | number | null {
  switch (kind) {
    case 'ipv4':
      return isAddress(text) && parseAddress(text).family === 4 ? text : null;
    case 'ipv6':
      return isAddress(text) && parseAddress(text).family === 6 ? parseAddress(text).text : null;
    case 'name':
      return readName(text);
    case 'number':
      return /^\d{1,10}$/.test(text) ? Number(text) : null;
    case 'mailbox':
      return /^[^@\s]+@[^@\s]+$/.test(text) ? `${text.replace(/\.$/, '')}.` : readName(text);
    case 'text':
      return text;
  }
}

function readName(text: string): string | null {
  try {
    return isAddress(text) ? null : parseName(text);
  } catch (error) {
    if (!isZonecutError(error)) {
      throw error;
    }
    return null;
  }
}

/** The data of a record for the name servers; null when its type does not allow it. */
export function rdataOf(type: string, data: DynData): Rdata | null {
  const words = (formats[type] ?? []).map(([name, kind]) => wordOf(type, kind, data[name] ?? ''));
  try {
    return parseRdata(type, words.join(' '));
  } catch (error) {
    if (!isZonecutError(error)) {
      throw error;
    }
    return null;
  }
}

/** The data of a record of the DNS as the API shows it; null for a type that it does not have, and for SOA. */
export function dataOfRdata(type: string, rdata: Rdata): DynData | null {
  const format = formats[type];
  if (format === undefined || type === 'SOA') {
    return null;
  }
  if (type === 'TXT') {
    return {
      txtdata: txtOf(rdata)
        .map(string => new TextDecoder().decode(string))
        .join(''),
    };
  }
  const words = rdata.split(' ');
  const texts = [...words.slice(0, format.length - 1), words.slice(format.length - 1).join(' ')];
  const entries = format.map(([name, kind], at): [string, string | number] => {
    const text = texts[at] ?? '';
    return [name, kind === 'number' ? Number(text) : text.replace(/^"(.*)"$/, '$1')];
  });
  return Object.fromEntries(entries);
}

function wordOf(type: string, kind: Kind, value: string | number): string {
  if (kind === 'mailbox') {
    const [local, domain] = String(value).split('@');
    return domain === undefined ? String(value) : `${(local ?? '').replaceAll('.', '\\.')}.${domain}`;
  }
  if (type === 'TXT') {
    return characterStrings(String(value));
  }
  return type === 'CAA' && kind === 'text' ? `"${String(value)}"` : String(value);
}

/** Text as strings of 255 octets each (RFC 1035 section 3.3.14). */
function characterStrings(text: string): string {
  const octets = new TextEncoder().encode(text);
  const strings: string[] = [];
  for (let at = 0; at < Math.max(1, octets.length); at += 255) {
    strings.push(quoted(octets.subarray(at, at + 255)));
  }
  return strings.join(' ');
}

function quoted(octets: Uint8Array): string {
  const escaped = [...octets].map(octet =>
    octet >= 0x20 && octet <= 0x7e && octet !== 0x22 && octet !== 0x5c
      ? String.fromCharCode(octet)
      : `\\${octet.toString().padStart(3, '0')}`,
  );
  return `"${escaped.join('')}"`;
}
